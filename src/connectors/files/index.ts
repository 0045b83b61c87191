/** Files: their lines as they grow, their names as they appear, and text written into them. */
export type { ElementForm, ElementForms } from '../shared/element-form.ts'
export { type FileNamesOptions, fileNames } from './file-names.ts'
export { DEFAULT_POLL_MS, type TailOptions, tail } from './tail.ts'
export { type TextFileOptions, textFile } from './text-file.ts'
