/** Types flow from the stages of a pattern into conditions and matches. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { type KeyedStream, pattern, Stream } from '../../src/index.ts'

interface Small {
  readonly kind: 'small'
  readonly card: string
  readonly cents: number
}

interface Large {
  readonly kind: 'large'
  readonly card: string
  readonly euros: number
}

type Payment = Small | Large

/** Accepts `T` and nothing else. */
function exactly<T>(): <U>(
  given: U & ([U] extends [T] ? ([T] extends [U] ? unknown : never) : never),
) => void {
  return () => {}
}

const isSmall = (payment: Payment): payment is Small => payment.kind === 'small'

test('a stage is one event, one or undefined, or a list, as often as it was said', () => {
  const payments = new Stream<Payment>()
  const made = pattern<Payment>()
    .begin('one', isSmall)
    .followedBy('maybe', (payment, { one, maybe }) => {
      exactly<Payment>()(payment)
      exactly<readonly Small[]>()(one)
      exactly<readonly Payment[]>()(maybe)
      return true
    })
    .optional()
    .followedByAny('many')
    .times(2)
    .notNext('not')
    .next('some', isSmall)
    .oneOrMore()
    .optional()
    .within('1m')
  const matched = payments.keyBy('card').match(made, { skip: { toLast: 'many' } })
  exactly<KeyedStream<string, Payment>>()(matched.late)
  matched.peek(({ key, one, maybe, many, some }) => {
    exactly<string>()(key)
    exactly<Small>()(one)
    exactly<Payment | undefined>()(maybe)
    exactly<readonly Payment[]>()(many)
    exactly<readonly Small[]>()(some)
  })
  matched.timedOut.peek(({ one, many }) => {
    exactly<Small | undefined>()(one)
    exactly<readonly Payment[]>()(many)
  })
  // @ts-expect-error: a stage that must not come has no events.
  matched.peek(({ not }) => exactly<unknown>()(not))
  // @ts-expect-error: there is no such stage.
  assert.throws(() => payments.keyBy('card').match(made, { skip: { toLast: 'other' } }))
})

test('the stages of a group are those of the pattern, as often as the group', () => {
  const payments = new Stream<Payment>()
  const pair = pattern<Payment>().begin('first', isSmall).next('second')
  const made = pattern<Payment>().begin('start').followedBy(pair).times(2).next('last')
  payments
    .keyBy('card')
    .match(made)
    .peek(({ start, first, second, last }) => {
      exactly<Payment>()(start)
      exactly<readonly Small[]>()(first)
      exactly<readonly Payment[]>()(second)
      exactly<Payment>()(last)
    })
})

test('a pattern for wider events takes narrower ones, and not the other way round', () => {
  const large = new Stream<Large>()
  const named = pattern<{ readonly card: string }>().begin('any', ({ card }) => card !== '')
  large.keyBy('card').match(named)
  const payments = new Stream<Payment>()
  const picky = pattern<Large>().begin('any', ({ euros }) => euros > 5)
  // @ts-expect-error: not each payment has euros.
  payments.keyBy('card').match(picky)
})
