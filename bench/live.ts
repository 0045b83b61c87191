/**
 * Live streams, element by element through `emit`: beside a hand-written loop that does the same, and
 * RxJS doing the same from a Subject.
 */
import * as rx from 'rxjs'
import { Stream } from 'sluice'
import { best, cpuControl, type Figure, perElement, withControl } from './measure.ts'
import { scatterFigures } from './scatter.ts'

const ELEMENTS = 1_000_000
const ASYNC_ELEMENTS = 100_000
const WORDS = ['dog', 'cat', 'zebra', 'elephant', 'ant', 'bee', 'cow', 'deer'] as const

type Emit = (value: number) => unknown

/** What the three do with the same numbers; each calls `end` with every result. */
interface Work {
  readonly name: string
  readonly loop: (end: End) => Emit
  readonly sluice: (end: End) => Emit
  readonly rxjs: (end: End) => Emit
}

/** Where results go, for all alike. */
class End {
  count = 0
  last: unknown
  take(value: unknown): void {
    this.count++
    this.last = value
  }
}

/** The figures of live streams. */
export async function liveFigures(): Promise<readonly Figure[]> {
  const figures: Figure[] = []
  for (const work of [mapFilterScan, slidingWindow, chunk, zip, combineLatest, wordCount, arrays]) {
    figures.push(await withControl(cpuControl, () => compare(work)))
  }
  figures.push(await withControl(cpuControl, asyncSink))
  figures.push(...(await scatterFigures()))
  return figures
}

async function compare(work: Work): Promise<Figure> {
  const elements = work === arrays ? ELEMENTS / 100 : ELEMENTS
  const time = (make: (end: End) => Emit): Promise<number> =>
    best(() => {
      const end = new End()
      const emit = make(end)
      for (let i = 0; i < elements; i++) emit(i)
      return end.last
    })
  const perArray = work === arrays ? 1000 : 1
  return {
    ...perElement(work.name, {
      elements: elements * perArray,
      valueMs: await time(work.sluice),
      baselineMs: await time(work.loop),
      baselineName: 'hand-written loop',
    }),
    more: { 'ns with RxJS': ((await time(work.rxjs)) * 1e6) / (elements * perArray) },
  }
}

const mapFilterScan: Work = {
  name: 'live: map → filter → scan',
  loop: end => {
    let total = 0
    return value => {
      const next = value + 1
      if (next % 2 !== 0) return
      total += next
      end.take(total)
    }
  },
  sluice: end => {
    const stream = new Stream<number>()
    stream
      .map(value => value + 1)
      .filter(value => value % 2 === 0)
      .scan((total, value) => total + value, 0)
      .sink(total => end.take(total))
    return value => stream.emit(value)
  },
  rxjs: end => {
    const subject = new rx.Subject<number>()
    subject
      .pipe(
        rx.map(value => value + 1),
        rx.filter(value => value % 2 === 0),
        rx.scan((total, value) => total + value, 0),
      )
      .subscribe(total => end.take(total))
    return value => subject.next(value)
  },
}

const slidingWindow: Work = {
  name: 'live: sliding window of 3',
  loop: end => {
    const items: number[] = []
    return value => {
      items.push(value)
      if (items.length < 3) return
      end.take(items.slice())
      items.shift()
    }
  },
  sluice: end => {
    const stream = new Stream<number>()
    stream.slidingWindow(3).sink(window => end.take(window))
    return value => stream.emit(value)
  },
  rxjs: end => {
    const subject = new rx.Subject<number>()
    subject.pipe(rx.bufferCount(3, 1)).subscribe(window => end.take(window))
    return value => subject.next(value)
  },
}

const chunk: Work = {
  name: 'live: chunks of 10',
  loop: end => {
    let items: number[] = []
    return value => {
      items.push(value)
      if (items.length < 10) return
      end.take(items)
      items = []
    }
  },
  sluice: end => {
    const stream = new Stream<number>()
    stream.chunk(10).sink(items => end.take(items))
    return value => stream.emit(value)
  },
  rxjs: end => {
    const subject = new rx.Subject<number>()
    subject.pipe(rx.bufferCount(10)).subscribe(items => end.take(items))
    return value => subject.next(value)
  },
}

const zip: Work = {
  name: 'live: zip of two branches',
  loop: end => {
    const left: number[] = []
    const right: number[] = []
    const match = (): void => {
      if (left.length > 0 && right.length > 0) end.take([left.shift(), right.shift()])
    }
    return value => {
      left.push(value + 1)
      match()
      right.push(value * 2)
      match()
    }
  },
  sluice: end => {
    const stream = new Stream<number>()
    const left = stream.map(value => value + 1)
    left.zip(stream.map(value => value * 2)).sink(row => end.take(row))
    return value => stream.emit(value)
  },
  rxjs: end => {
    const subject = new rx.Subject<number>()
    rx.zip(subject.pipe(rx.map(value => value + 1)), subject.pipe(rx.map(value => value * 2))).subscribe(
      row => end.take(row),
    )
    return value => subject.next(value)
  },
}

const combineLatest: Work = {
  name: 'live: combineLatest of two branches',
  loop: end => {
    let left: number | undefined
    let right: number | undefined
    return value => {
      left = value + 1
      if (right !== undefined) end.take([left, right])
      right = value * 2
      end.take([left, right])
    }
  },
  sluice: end => {
    const stream = new Stream<number>()
    const left = stream.map(value => value + 1)
    left.combineLatest(stream.map(value => value * 2)).sink(row => end.take(row))
    return value => stream.emit(value)
  },
  rxjs: end => {
    const subject = new rx.Subject<number>()
    rx.combineLatest([
      subject.pipe(rx.map(value => value + 1)),
      subject.pipe(rx.map(value => value * 2)),
    ]).subscribe(row => end.take(row))
    return value => subject.next(value)
  },
}

const wordCount: Work = {
  name: 'live: word count, words in memory',
  loop: end => {
    const counts = new Map<string, number>()
    return value => {
      const key = WORDS[value & 7] as string
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      end.take({ key, value: count })
    }
  },
  sluice: end => {
    const words = new Stream<string>()
    words
      .keyBy(word => word)
      .running()
      .count()
      .sink(count => end.take(count))
    return value => words.emit(WORDS[value & 7] as string)
  },
  rxjs: end => {
    const subject = new rx.Subject<string>()
    subject
      .pipe(
        rx.groupBy(word => word),
        rx.mergeMap(group =>
          group.pipe(
            rx.scan(count => count + 1, 0),
            rx.map(count => ({ key: group.key, value: count })),
          ),
        ),
      )
      .subscribe(count => end.take(count))
    return value => subject.next(WORDS[value & 7] as string)
  },
}

const THOUSAND = Array.from({ length: 1000 }, (_, index) => index)

const arrays: Work = {
  name: 'live: map → filter → scan over arrays of 1,000, per element',
  loop: end => {
    let total = 0
    return () => {
      const some = THOUSAND.map(value => value + 1).filter(value => value % 2 === 0)
      for (const value of some) total += value
      end.take(total)
    }
  },
  sluice: end => {
    const stream = new Stream<readonly number[]>()
    stream
      .map(values => values.map(value => value + 1))
      .map(values => values.filter(value => value % 2 === 0))
      .scan((total, values) => {
        let sum = total
        for (const value of values) sum += value
        return sum
      }, 0)
      .sink(total => end.take(total))
    return () => stream.emit(THOUSAND)
  },
  rxjs: end => {
    const subject = new rx.Subject<readonly number[]>()
    subject
      .pipe(
        rx.map(values => values.map(value => value + 1)),
        rx.map(values => values.filter(value => value % 2 === 0)),
        rx.scan((total, values) => {
          let sum = total
          for (const value of values) sum += value
          return sum
        }, 0),
      )
      .subscribe(total => end.take(total))
    return () => subject.next(THOUSAND)
  },
}

/** Each emit awaits a sink that is asynchronous; the baseline awaits the same function by hand. */
async function asyncSink(): Promise<Figure> {
  const end = new End()
  const take = async (value: number): Promise<void> => {
    await Promise.resolve()
    end.take(value)
  }
  const stream = new Stream<number>()
  stream.sink(take)
  return perElement('live: an asynchronous sink, each emit awaited', {
    elements: ASYNC_ELEMENTS,
    valueMs: await best(async () => {
      for (let i = 0; i < ASYNC_ELEMENTS; i++) await stream.emit(i)
    }),
    baselineMs: await best(async () => {
      for (let i = 0; i < ASYNC_ELEMENTS; i++) await take(i)
    }),
    baselineName: 'awaiting the function',
  })
}
