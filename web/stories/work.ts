import { expect, type Page } from "@playwright/test";
import { apis, type Service } from "./installation.ts";

export interface Task {
  task_id: string;
  title: string;
  assignee: { account_id: string; name: string };
}

interface Entry {
  kind: string;
  task: { task_id: string } | null;
}

/** Of a few who are eligible, one is missed so often once in a million times. */
const DRAWS = 80;
const BOOKED_MS = 60_000;
const EACH_MS = 500;

/** What the person in a tab does through the API, so that a story finds what it is about. */
export class Work {
  private readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  createTask(title: string): Promise<Task> {
    return this.call<Task>("tracking", "POST", "/tasks", { title });
  }

  /** Creates tasks until one is drawn for the person themselves. */
  async isAssignedATask(title: string): Promise<Task> {
    const { me } = await this.session();
    for (let tries = 0; tries < DRAWS; tries += 1) {
      const task = await this.createTask(title);
      if (task.assignee.account_id === me) return task;
    }
    throw new Error(`not drawn in ${String(DRAWS)} tries`);
  }

  /** Waits until accounting has posted what a task's assignment cost; for those who may see it. */
  async isCharged({ task_id, assignee }: Task): Promise<void> {
    const fees = async () => {
      const path = `/accounts/${assignee.account_id}/entries?limit=200`;
      const { items } = await this.call<{ items: Entry[] }>("accounting", "GET", path);
      return items.filter(({ kind, task }) => kind === "assignment_fee" && task?.task_id === task_id);
    };
    await expect
      .poll(async () => (await fees()).length, { timeout: BOOKED_MS, intervals: [EACH_MS] })
      .toBe(1);
  }

  async call<Answer>(service: Service, method: string, path: string, data?: object): Promise<Answer> {
    const { token } = await this.session();
    const answer = await this.page.request.fetch(apis[service] + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(data && { data }),
    });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${String(answer.status())} ${await answer.text()}`);
    return (await answer.json()) as Answer;
  }

  private async session(): Promise<{ token: string; me: string }> {
    const kept = JSON.parse(await this.page.evaluate(() => JSON.stringify(sessionStorage))) as object;
    const user = Object.entries(kept).find(([name]) => name.startsWith("oidc.user:"))?.[1] as string;
    const { access_token, profile } = JSON.parse(user) as { access_token: string; profile: { sub: string } };
    return { token: access_token, me: profile.sub };
  }
}
