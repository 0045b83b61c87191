/** Typed events of a running app. */
export type {
  ElementFailed,
  InputProgress,
  Late,
  Listener,
  Printed,
  Progress,
  SluiceEvent,
  StateChanged,
} from './events.ts'
