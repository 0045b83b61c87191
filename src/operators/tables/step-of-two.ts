/** Steps that tell two keyed streams apart. */

import type { KernelFactory } from '../../graph/index.ts'
import { BaseStream, type KernelOptions } from '../base-stream.ts'
import { checkTwoStreams } from '../joins/two-streams.ts'
import type { KeyedStream } from '../stream.ts'

/** A step with two inputs. */
export interface TwoSided {
  readonly factory: KernelFactory
  readonly name: 'join' | 'joinChanges' | 'joinTable' | 'foreignKey'
  readonly options: KernelOptions
}

/** What comes out of a step with two inputs, by the key of the left one. */
export function stepOfTwo(
  left: KeyedStream<unknown, unknown>,
  right: KeyedStream<unknown, unknown>,
  { factory, name, options }: TwoSided,
): KeyedStream<unknown, unknown> {
  const inputs = [BaseStream.portOf(left), BaseStream.portOf(right)] as const
  checkTwoStreams(inputs[0], inputs[1], 'join')
  const port = BaseStream.kernelOn(left, name, factory, { as: 'join', ...options, inputs })
  // What is behind a keyed stream has its key.
  return BaseStream.onPort(left, port) as KeyedStream<unknown, unknown>
}
