// Made by `npm run types -w web` from the service's OpenAPI document.

export interface paths {
    "/days": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Management earnings and accounts in the minus, day by day
         * @description For admin.
         */
        get: operations["list_days"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Show the description of this HTTP API
         * @description For worker, accountant, manager, admin.
         */
        get: operations["get_openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Management earnings of a day, and how many accounts are in the minus
         * @description For admin.
         */
        get: operations["get_summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/top-tasks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The most expensive task of a day, a week, a month or any range, and of each of its days
         * @description For admin.
         */
        get: operations["list_top_tasks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * DayAnswer
         * @description A business day. `accounts_in_minus_by` says how the accounts in the minus are counted:
         *
         *     `carried_over` for a day that is over (accounts that carried over less than zero at its close),
         *     `latest_entry` for today (accounts whose latest entry has a negative balance after it).
         */
        DayAnswer: {
            /** Accounts Closed */
            accounts_closed: number;
            /** Accounts In Minus */
            accounts_in_minus: number;
            /**
             * Accounts In Minus By
             * @enum {string}
             */
            accounts_in_minus_by: "carried_over" | "latest_entry";
            /** Day */
            day: string;
            /** Entry Count */
            entry_count: number;
            fee_corrections: components["schemas"]["MoneyAnswer"];
            fees: components["schemas"]["MoneyAnswer"];
            management_earnings: components["schemas"]["MoneyAnswer"];
            payouts: components["schemas"]["MoneyAnswer"];
            reward_corrections: components["schemas"]["MoneyAnswer"];
            rewards: components["schemas"]["MoneyAnswer"];
        };
        /**
         * DaysAnswer
         * @description `as_of` is when the latest entry that analytics has counted was posted; null before the first.
         */
        DaysAnswer: {
            /** As Of */
            as_of: string | null;
            /** Items */
            items: components["schemas"]["DayAnswer"][];
            /** Next Cursor */
            next_cursor: string | null;
        };
        /**
         * DayTopTaskAnswer
         * @description `top` is null on a day without a completed task.
         */
        DayTopTaskAnswer: {
            /** Day */
            day: string;
            top: components["schemas"]["TopTaskAnswer"] | null;
        };
        /**
         * MoneyAnswer
         * @description `amount` in cents, negative for a debt.
         */
        MoneyAnswer: {
            /** Amount */
            amount: number;
            /**
             * Currency
             * @default USD
             */
            currency: string;
        };
        /**
         * OpenapiDocument
         * @description An OpenAPI 3.1 document.
         */
        OpenapiDocument: {
            [key: string]: unknown;
        };
        /** @description RFC 9457 */
        Problem: {
            detail: string;
            errors?: {
                /** @description Stable; the message may change. */
                code: string;
                field: string;
                /** @description The limit that the value broke. */
                limit?: number | string;
                message: string;
            }[];
            status: number;
            title: string;
            type: string;
        };
        /**
         * SummaryAnswer
         * @description `as_of` is when the latest entry that analytics has counted was posted; null before the first.
         */
        SummaryAnswer: {
            /** Accounts Closed */
            accounts_closed: number;
            /** Accounts In Minus */
            accounts_in_minus: number;
            /**
             * Accounts In Minus By
             * @enum {string}
             */
            accounts_in_minus_by: "carried_over" | "latest_entry";
            /** As Of */
            as_of: string | null;
            /** Day */
            day: string;
            /** Entry Count */
            entry_count: number;
            fee_corrections: components["schemas"]["MoneyAnswer"];
            fees: components["schemas"]["MoneyAnswer"];
            management_earnings: components["schemas"]["MoneyAnswer"];
            payouts: components["schemas"]["MoneyAnswer"];
            reward_corrections: components["schemas"]["MoneyAnswer"];
            rewards: components["schemas"]["MoneyAnswer"];
        };
        /**
         * TopTaskAnswer
         * @description The most expensive task: the one with the highest completion reward.
         */
        TopTaskAnswer: {
            /** Completed At */
            completed_at: string;
            completion_reward: components["schemas"]["MoneyAnswer"];
            /** Jira Id */
            jira_id: string | null;
            /** Task Id */
            task_id: string;
            /** Title */
            title: string | null;
        };
        /**
         * TopTasksAnswer
         * @description `top` is the most expensive task from `from` to `to`, and in `items` that of each day.
         *
         *     `as_of` is when the latest entry that analytics has counted was posted; null before the first.
         */
        TopTasksAnswer: {
            /** As Of */
            as_of: string | null;
            /** From */
            from: string;
            /** Items */
            items: components["schemas"]["DayTopTaskAnswer"][];
            /** Next Cursor */
            next_cursor: string | null;
            /** To */
            to: string;
            top: components["schemas"]["TopTaskAnswer"] | null;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    list_days: {
        parameters: {
            query?: {
                from?: string;
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DaysAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized: no problem document if the gateway itself refused the token. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenapiDocument"];
                };
            };
            /** @description Unauthorized: no problem document if the gateway itself refused the token. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    get_summary: {
        parameters: {
            query?: {
                day?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SummaryAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized: no problem document if the gateway itself refused the token. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_top_tasks: {
        parameters: {
            query?: {
                date?: string;
                from?: string;
                period?: "day" | "week" | "month";
                to?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TopTasksAnswer"];
                };
            };
            /** @description Bad Request */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Unauthorized: no problem document if the gateway itself refused the token. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        message: string;
                    };
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Forbidden */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Service Unavailable */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Any other problem. */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
}
