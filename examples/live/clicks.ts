/**
 * Clicks per second, as a page shows them: windows of one second by the clock.
 *
 *     import { clicksPerSecond } from './clicks.js'
 *     clicksPerSecond(document).sink(({ second, clicks }) => console.log(new Date(second), clicks))
 *
 * A second without clicks gives nothing. `sluice/live` needs no Node; a page loads 48 kB of it for this.
 */
import { Stream, type StreamOptions, tumbling } from 'sluice/live'

/** How many clicks each second had, once it is over. */
export function clicksPerSecond(target: EventTarget, options: StreamOptions = {}) {
  const clicks = new Stream<Event>({ name: 'clicks', ...options })
  target.addEventListener('click', event => void clicks.emit(event))
  return clicks
    .processingTime()
    .keyBy(() => 'all')
    .window(tumbling('1s'))
    .count()
    .map(({ window, value }) => ({ second: window.start, clicks: value }))
}
