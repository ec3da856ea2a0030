import { useLingui } from "@lingui/react/macro";

export interface TaskDraft {
  title: string;
  jira_id: string;
  description: string;
}

export const EMPTY_TASK: TaskDraft = { title: "", jira_id: "", description: "" };

const TITLE_MAX = 200;
const JIRA_ID_MAX = 64;
const DESCRIPTION_MAX = 10_000;
const JIRA_ID = /^[A-Z][A-Z0-9_]*-[0-9]+$/;

/** The rules of tracking's API, told before anything is sent. */
export function useTaskRules() {
  const { t } = useLingui();
  return {
    title: {
      validate: (title: string) => {
        const length = Array.from(title.trim()).length;
        if (length === 0) return t`A task needs a title`;
        if (length > TITLE_MAX) return t`At most ${TITLE_MAX} characters; this has ${length}`;
        return /[[\]]/.test(title) ? t`No [ or ]: the id has a field of its own` : true;
      },
    },
    jira_id: {
      validate: (id: string) =>
        !id.trim() || (JIRA_ID.test(id.trim()) && id.trim().length <= JIRA_ID_MAX)
          ? true
          : t`Capital letters, a dash and a number, such as POPUG-42`,
    },
    description: {
      validate: (text: string) => {
        const length = Array.from(text).length;
        return length > DESCRIPTION_MAX ? t`At most ${DESCRIPTION_MAX} characters; this has ${length}` : true;
      },
    },
  };
}

export function toBody(draft: TaskDraft) {
  return {
    title: draft.title.trim(),
    jira_id: draft.jira_id.trim() || null,
    unique: false,
    description: draft.description.trim() ? draft.description : null,
  };
}
