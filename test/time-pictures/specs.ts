/** What the pictures of time show. */
import { calendar, countWindows, cumulate, globalWindow, hopping, session, sliding, tumbling } from 'sluice'
import type { Arrival, TimeSpec } from './play.ts'

/** A picture of the results of windows over the line of event time. */
export interface ResultsSpec extends TimeSpec {
  /** What stands in the box. */
  readonly code: string
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'

/** The pictures of the guide. */
export const ARRIVALS: readonly TimeSpec[] = [
  {
    name: 'one-partition',
    title:
      'Elements by when they happened and when they came, with the watermark one second behind the newest',
    arrivals: oneEachSecond([1, 4.2, 3.5, 6, 2.5, 7.5, 11]),
    windows: tumbling('5s'),
    outOfOrder: '1s',
  },
  {
    name: 'two-partitions',
    title:
      'Two partitions, one of them slow and then idle: the lower watermark decides until the slow one is idle',
    arrivals: [
      of('a', 1, [1, 0]),
      of('b', 1.5, [0.8, 1]),
      of('c', 2.5, [4, 0]),
      of('d', 3.5, [6.5, 0]),
      of('e', 4.5, [2.6, 1]),
      of('f', 5.5, [8.5, 0]),
      of('g', 7, [11, 0]),
      { kind: 'quiet', at: 9.2 },
      of('h', 9.6, [7, 1]),
      { kind: 'quiet', at: 10 },
    ],
    windows: tumbling('5s'),
    outOfOrder: '1s',
    idleAfter: '4s',
    partitions: 2,
  },
  {
    name: 'lateness',
    title: 'With two seconds of lateness a window that has closed gives its result again for a late element',
    arrivals: oneEachSecond([1, 4.2, 6, 3.8, 7.5, 2.5, 11]),
    windows: tumbling('5s'),
    options: { lateness: '2s' },
    outOfOrder: '1s',
  },
  {
    name: 'drain',
    title: 'A drain closes the windows that are open; what comes later for them is late',
    arrivals: [
      of('a', 1, [1, 0]),
      of('b', 2, [4.2, 0]),
      of('c', 3, [6, 0]),
      of('d', 4, [7.5, 0]),
      { kind: 'drain', at: 5 },
      of('e', 6, [8, 0]),
      of('f', 7, [10.5, 0]),
      { kind: 'quiet', at: 8 },
    ],
    windows: tumbling('5s'),
    outOfOrder: '1s',
  },
]

/** The pictures of the reference, and that of sessions in the guide. */
export const RESULTS: readonly ResultsSpec[] = [
  results('tumbling', "tumbling('5s')", tumbling('5s'), [1, 3, 4, 6, 11, 13]),
  results('hopping', "hopping('6s', '3s')", hopping('6s', '3s'), [1, 4, 5, 10]),
  results('cumulate', "cumulate('3s', '9s')", cumulate('3s', '9s'), [1, 2, 5, 8, 10]),
  results('session', "session('3s')", session('3s'), [1, 2, 4, 9, 10]),
  results('sliding', "sliding({ before: '3s' })", sliding({ before: '3s' }), [1, 3, 5, 6]),
  results(
    'sliding-after',
    "sliding({ before: '2s', after: '2s' })",
    sliding({ before: '2s', after: '2s' }),
    [2, 3, 6, 10],
  ),
  results('count-windows', 'countWindows(2)', countWindows(2), [1, 2, 5, 6, 9]),
  results(
    'count-windows-every',
    'countWindows(3, { every: 1 })',
    countWindows(3, { every: 1 }),
    [1, 2, 5, 9],
  ),
  results('global-window', 'globalWindow(), { emit: { count: 2 } }', globalWindow(), [1, 2, 5, 9], {
    emit: { count: 2 },
  }),
  results(
    'global-window-purge',
    'globalWindow(), { emit: { count: 2, purge: true } }',
    globalWindow(),
    [1, 2, 5, 9],
    {
      emit: { count: 2, purge: true },
    },
  ),
  {
    ...results(
      'calendar',
      "calendar('day', { timeZone: 'Europe/Helsinki' })",
      calendar('day', { timeZone: 'Europe/Helsinki' }),
      [5, 15, 20, 23.5, 40],
    ),
    scale: { unit: 'h', unitMs: 3_600_000, fromMs: Date.UTC(2026, 2, 28, 22) },
  },
  results('emit-update', "tumbling('5s'), { emit: 'update' }", tumbling('5s'), [1, 3, 4, 6], {
    emit: 'update',
  }),
  results('emit-every', "tumbling('6s'), { emit: { every: '2s' } }", tumbling('6s'), [0.5, 2.5, 3, 5, 7], {
    emit: { every: '2s' },
  }),
  results('lateness', "tumbling('5s'), { lateness: '3s' }", tumbling('5s'), [1, 4, 6, 3, 9, 2], {
    lateness: '3s',
  }),
  results(
    'retract',
    "tumbling('5s'), { lateness: '3s', retract: true }",
    tumbling('5s'),
    [1, 4, 6, 3, 9, 2],
    { lateness: '3s', retract: true },
  ),
  results(
    'session-merge',
    "session('4s'), { emit: 'update', retract: true }",
    session('4s'),
    [1, 8, 5],
    { emit: 'update', retract: true },
    '9s',
  ),
]

/** A letter for each time, one each second, and one second more. */
function oneEachSecond(times: readonly number[]): readonly Arrival[] {
  return [
    ...times.map((time, number) => of(LETTERS[number] ?? '?', number + 1, [time, 0])),
    { kind: 'quiet', at: times.length + 1 },
  ]
}

function of(
  letter: string,
  at: number,
  [time, partition]: readonly [time: number, partition: number],
): Arrival {
  return { kind: 'element', letter, at, time, partition }
}

function results(
  name: string,
  code: string,
  ...[windows, times, options = {}, outOfOrder = '0s']: readonly [
    TimeSpec['windows'],
    readonly number[],
    (TimeSpec['options'] & { readonly retract?: true })?,
    string?,
  ]
): ResultsSpec {
  const arrivals = oneEachSecond(times)
  const { retract = false, ...rest } = options
  const end: Arrival = { kind: 'drain', at: times.length + 2 }
  return {
    name,
    code,
    title: `window(${code})`,
    windows,
    options: rest,
    retract,
    outOfOrder,
    arrivals: [...arrivals, end],
  }
}
