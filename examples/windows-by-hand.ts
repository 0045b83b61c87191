/**
 * State per window: the times of events in hopping windows of 10 s each 5 s. Every event changes all its
 * windows, each window closes once, and what was there 10 s ago can be asked for.
 */
import { App, hopping, json, type Stream, windows } from 'sluice'

interface Event {
  readonly key: string
  readonly time: number
}

const app = new App('windows-by-hand')
export const events = app.topic('events', { value: json({ key: 'string', time: 'number' }) })
export const found = app.topic('found', { value: json<string>() })

/** Tells of each window when it closes, and at each event of what was ten seconds before. */
export function windowsByHand(stream: Stream<Event>): Stream<string> {
  return stream.keyBy('key').process('windows', {
    state: { times: windows(hopping('10s', '5s'), { init: (): number[] => [], retention: '1m' }) },
    onElement(event, { time, state }) {
      state.times.update(times => [...times, event.time / 1000])
      const before = state.times.at(time - 10_000).map(({ state: times }) => `[${times.join()}]`)
      const newest = state.times.newest()?.state.join()
      return [`at ${time / 1000}: newest [${newest}], before ${before.join(' ') || 'nothing'}`]
    },
    onClose: ({ window, state: times }) => [
      `[${window.start / 1000}, ${window.end / 1000}) had ${times.join()}`,
    ],
  })
}

windowsByHand(app.stream(events).eventTime(event => event.time)).to(found)

export default app
