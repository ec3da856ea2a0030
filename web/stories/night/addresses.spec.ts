import { apis } from "../installation.ts";
import { expect, test } from "../person.ts";

const COMPANY = ["/company", "/balances", "/balances/somebody", "/closes"];
const ADMIN = ["/analytics", "/accounts"];

/** What each role may not open, and the texts of the ways that it must not be shown. */
const FORBIDDEN = {
  worker: {
    addresses: [...COMPANY, ...ADMIN],
    ways: ["Company", "Balances", "Daily closes", "Analytics", "Accounts"],
  },
  manager: {
    addresses: [...COMPANY, ...ADMIN],
    ways: ["Company", "Balances", "Daily closes", "Analytics", "Accounts"],
  },
  accountant: { addresses: ADMIN, ways: ["Analytics", "Accounts"] },
};

for (const [role, { addresses, ways }] of Object.entries(FORBIDDEN))
  test(`the addresses that are not for a role: ${role}`, async ({ person }) => {
    const { page } = person;
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await person.signIn(role, "/my-tasks");
    for (const address of addresses) {
      await person.open(address);
      await expect(person.heading("Not for your role")).toBeVisible();
    }
    await person.looksAround();
    // Whoever signs in tells the accounts' service so, once; nothing else of theirs goes there.
    const theirs = asked.filter((url) => url.startsWith(apis.analytics) || url.startsWith(apis.auth));
    expect(theirs.filter((url) => url !== `${apis.auth}/me`)).toEqual([]);
    await person.openMenu();
    await expect(page.getByRole("link", { name: person.say("My tasks"), exact: true })).toBeVisible();
    for (const way of ways)
      await expect(page.getByRole("link", { name: person.say(way), exact: true })).toHaveCount(0);
  });
