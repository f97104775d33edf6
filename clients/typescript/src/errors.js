// What went wrong, as values that a form can use, and as sentences for people.

/**
 * One problem of a request. `rule` and what belongs to it are given for fields; `code` and `status` are those of the
 * contract, and a status of 0 means that no answer came.
 *
 * @typedef {object} Problem
 * @property {number} status
 * @property {string} [code]
 * @property {string} detail in English, for developers
 * @property {string} [field]
 * @property {string} [rule]
 * @property {number} [limit] of the rules `min`, `max` and `addresses`
 */

/**
 * All sentences of a language, by rule, by code, and by status for what has neither.
 *
 * @typedef {object} Texts
 * @property {Record<string, (problem: Problem) => string>} rules
 * @property {Record<string, string>} codes
 * @property {Record<number, string>} statuses
 */

/** A request that did not succeed, with everything that is wrong with it. */
export class AccountsError extends Error {
  /**
   * @param {number} status of HTTP; 0 if no answer came
   * @param {Problem[]} problems
   * @param {{ retryAfter?: number | undefined, requestId?: string | undefined }} [about]
   */
  constructor(status, problems, { retryAfter, requestId } = {}) {
    super(problems.map(({ detail }) => detail).join(" "));
    this.name = "AccountsError";
    this.status = status;
    this.problems = problems;
    /** The seconds to wait before another attempt, if the API has said so. */
    this.retryAfter = retryAfter;
    /** Names this request in the API's logs. */
    this.requestId = requestId;
  }

  /** The first problem's code. */
  get code() {
    return this.problems[0]?.code;
  }

  /** The problems of each field. One that is reported under two codes is listed once. */
  get fields() {
    /** @type {Map<string, Problem[]>} */
    const fields = new Map();
    for (const problem of this.problems) {
      if (problem.field === undefined) continue;
      const earlier = fields.get(problem.field) ?? [];
      if (!earlier.some(({ rule }) => rule === problem.rule)) fields.set(problem.field, [...earlier, problem]);
    }
    return fields;
  }

  /** The problems of no field. */
  get others() {
    return this.problems.filter(({ field }) => field === undefined);
  }
}

/** @param {string} detail */
export const noAnswer = (detail) => new AccountsError(0, [{ status: 0, detail }]);

/**
 * The error that an answer reports.
 *
 * @param {Response} response
 * @param {any} document
 */
export function errorOf({ status, headers, statusText }, document) {
  /** @type {any[]} */
  const errors = Array.isArray(document?.errors) ? document.errors : [{ status, detail: statusText || `HTTP ${status}` }];
  const problems = errors.map(({ status, code, detail, source, meta }) => {
    const field = source?.pointer?.split("/").at(-1);
    return { status, ...(code && { code }), detail, ...(field && { field }), ...meta };
  });
  const retryAfter = Number.parseInt(headers.get("Retry-After") ?? "", 10);
  return new AccountsError(status, problems, {
    retryAfter: Number.isNaN(retryAfter) ? undefined : retryAfter,
    requestId: headers.get("X-Request-Id") ?? undefined,
  });
}

/**
 * A sentence for people. Of what the texts do not know, it is the API's own.
 *
 * @param {Problem} problem
 * @param {Texts} texts
 */
export const describe = (problem, { rules, codes, statuses }) =>
  rules[problem.rule ?? ""]?.(problem) ?? codes[problem.code ?? ""] ?? statuses[problem.status] ?? problem.detail;
