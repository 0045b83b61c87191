/** Opens the state of a process function. */
import { unreachable } from '../../errors.ts'
import type { KernelHost } from '../../graph/index.ts'
import type { DueHeap } from '../../time/index.ts'
import type { CellSpec } from './cell-specs.ts'
import type { CellHome, CellStore } from './cell-store.ts'
import type { Definition } from './definition.ts'
import { type Expiries, Expiry } from './expiry.ts'
import { ListStore } from './list-cell.ts'
import { MapStore } from './map-cell.ts'
import { type TimerNode, TimerStore, timerHeap } from './timer-cell.ts'
import { ValueStore } from './value-cell.ts'
import { WindowsStore } from './windows-cell.ts'

/** All state of a process function in one shard. */
export interface ProcessCells {
  readonly cells: readonly CellStore[]
  readonly timers: readonly TimerStore[]
  readonly shared: CellStore | undefined
  /** Those of the cells that are per window. */
  readonly windows: readonly WindowsStore[]
  readonly eventTimers: DueHeap<TimerNode>
  readonly clockTimers: DueHeap<TimerNode>
  readonly expiries: Expiries
}

/** Opens cells and timers; what was stored is in them. */
export function openCells({ state, timers, shared }: Definition, host: KernelHost): ProcessCells {
  const expiries = { event: new Expiry(), processing: new Expiry() }
  const home = { host, expiries }
  const eventTimers = timerHeap()
  const clockTimers = timerHeap()
  const cells = state.map(([name, spec]) => openCell(name, spec, home))
  const timerStores = timers.map(
    ([name, time]) =>
      new TimerStore(name, { time, heap: time === 'event' ? eventTimers : clockTimers, home }),
  )
  return {
    cells,
    timers: timerStores,
    shared: shared === undefined ? undefined : openCell(SHARED_CELL, shared, home),
    windows: cells.filter(store => store instanceof WindowsStore),
    eventTimers,
    clockTimers,
    expiries,
  }
}

/** No cell of a user is called that: their names have no spaces. */
const SHARED_CELL = 'shared by all'

function openCell(name: string, spec: CellSpec, home: CellHome): CellStore {
  switch (spec.kind) {
    case 'value':
      return new ValueStore(name, spec, home)
    case 'list':
      return new ListStore(name, spec, home)
    case 'map':
      return new MapStore(name, spec, home)
    case 'windows':
      return new WindowsStore(name, spec, home)
    default:
      return unreachable(spec)
  }
}
