/** Child processes: the lines that a command writes. */
export type { ElementForm, ElementForms } from '../shared/element-form.ts'
export { type CommandOptions, command, DEFAULT_KILL_AFTER_MS } from './command.ts'
