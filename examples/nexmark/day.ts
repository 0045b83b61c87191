/** Days and minutes as text, in UTC. */

/** The day of a time, such as `2025-06-15`. */
export function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** The minute of a time within its day, such as `23:58`. */
export function minuteOf(time: number): string {
  return new Date(time).toISOString().slice(11, 16)
}
