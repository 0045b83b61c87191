/** What the doctor finds. */

/** One line of the report; a `problem` would keep a program from running. */
export interface Finding {
  readonly level: 'good' | 'warning' | 'problem'
  readonly text: string
  /** What to do about it. */
  readonly fix?: string
}

export function good(text: string): Finding {
  return { level: 'good', text }
}

export function warning(text: string, fix?: string): Finding {
  return { level: 'warning', text, ...(fix === undefined ? {} : { fix }) }
}

export function problem(text: string, fix?: string): Finding {
  return { level: 'problem', text, ...(fix === undefined ? {} : { fix }) }
}
