/** Patterns that mean nothing, or not what they seem to, are refused while they are made. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { SluiceError } from '../../errors.ts'
import { pattern } from './pattern.ts'
import { skipOf } from './skip.ts'
import { fingerprintOfStages } from './stage.ts'

const begun = () => pattern<number>().begin('a')

/** What programs without a type check may do. */
const loosely = (given: unknown): never => given as never

const REFUSED: Readonly<Record<string, readonly [make: () => unknown, message: RegExp]>> = {
  'two stages of one name': [
    () => begun().next('b').notNext('a').next('c').kernel('noSkip'),
    /two stages are called "a"/,
  ],
  'a stage called key': [() => begun().next('key'), /called "key", where matches have their key/],
  'a name that is none': [() => begun().next('1st'), /next was given the name "?1st"?; expected a letter/],
  'no name': [() => pattern<number>().begin(loosely(undefined)), /expected a letter/],
  'a condition that is no function': [
    () => begun().next('b', loosely(5)),
    /next was given 5; expected a function/,
  ],
  'an end that nobody could be sure of': [
    () => begun().notFollowedBy('b').kernel('noSkip'),
    /ends with notFollowedBy\("b"\).*within/,
  ],
  'a stage that must not come behind an optional one': [
    () => begun().next('b').optional().notNext('c'),
    /notNext\("c"\) comes after stage "b", which is optional/,
  ],
  'one that must not be next behind one that must not follow': [
    () => begun().notFollowedBy('b').notNext('c'),
    /put it before that/,
  ],
  'a quantifier of what must not come': [
    () => begun().notNext('b').times(2),
    /times was said of notNext\("b"\)/,
  ],
  'two quantifiers': [() => begun().times(2).oneOrMore(), /how many events stage "a" takes was said already/],
  'times that are no numbers': [() => begun().times(2, 1), /times was given 2 and 1/],
  'no times': [() => begun().times(0), /times was given 0 and 0/],
  'half a time': [() => begun().timesOrMore(1.5), /timesOrMore was given 1.5/],
  'optional twice': [() => begun().optional().optional(), /is optional already/],
  'optional behind greedy': [
    () => begun().oneOrMore().greedy().next('b').optional(),
    /optional follows stage "a", which is greedy/,
  ],
  'greedy of one event': [() => begun().greedy(), /say how many first/],
  'greedy with combinations': [
    () => begun().oneOrMore().allowCombinations().greedy(),
    /greedy and allowCombinations exclude one another/,
  ],
  'combinations of greedy': [
    () => begun().oneOrMore().greedy().allowCombinations(),
    /greedy and allowCombinations exclude one another/,
  ],
  'consecutive and in combinations': [
    () => begun().times(2).consecutive().allowCombinations(),
    /is consecutive already/,
  ],
  'until of so many': [
    () =>
      begun()
        .times(2)
        .until(n => n > 1),
    /takes no open number of events/,
  ],
  'until twice': [
    () =>
      begun()
        .oneOrMore()
        .until(n => n > 1)
        .until(n => n > 2),
    /has one already/,
  ],
  'within twice': [() => begun().within('1s').within('2s'), /within was said twice/],
  'within nothing': [() => begun().within(0), /within/],
  'a group with a time of its own': [
    () => begun().next(pattern<number>().begin('b').within('1s')),
    /the group of b has a within/,
  ],
  'a group that ends with what must not come': [
    () => begun().next(pattern<number>().begin('b').notNext('c')),
    /the group of b ends with notNext\("c"\)/,
  ],
  'a greedy group': [
    () => pattern<number>().begin(begun()).oneOrMore().greedy(),
    /is a group; greedy is for a single stage/,
  ],
  'a group that could go round for nothing': [
    () => pattern<number>().begin(begun().optional()).oneOrMore(),
    /could go round without taking an event/,
  ],
  'a strategy that is none': [() => skipOf('all', ['a']), /skip is "?all"?; expected "noSkip"/],
  'a strategy of two': [() => skipOf({ toFirst: 'a', toLast: 'a' }, ['a']), /expected "noSkip"/],
  'a strategy to nowhere': [
    () => skipOf({ toLast: 'c' }, ['a', 'b']),
    /goes to the stage "?c"?; .* are a, b/,
  ],
}

for (const [what, [make, message]] of Object.entries(REFUSED)) {
  test(`${what}: refused`, () => {
    assert.throws(make, (thrown: unknown) => {
      assert.ok(thrown instanceof SluiceError)
      assert.equal(thrown.code, 'OPTION_INVALID')
      assert.match(thrown.message, message)
      return true
    })
  })
}

test('a method gives a new pattern and leaves the old one as it was', () => {
  const first = begun()
  first.next('b').times(2)
  first.oneOrMore()
  assert.equal(fingerprintOfStages(first.stages), 'begin a')
})

test('the fingerprint says what the states of a pattern follow from', () => {
  const made = begun()
    .oneOrMore()
    .greedy()
    .followedByAny(pattern<number>().begin('b').next('c').times(2, 3).consecutive())
  assert.equal(
    fingerprintOfStages(made.stages),
    'begin a{1,} relaxed greedy followedByAny (begin b next c{2,3} consecutive)',
  )
})
