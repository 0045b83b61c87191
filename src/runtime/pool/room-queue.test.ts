import assert from 'node:assert/strict'
import test from 'node:test'
import { systemClock } from '../../time/index.ts'
import { RoomQueue } from './room-queue.ts'

/** A room with places, whose guests take one as soon as they are in. */
function openRoom(places: number) {
  const guests: string[] = []
  let left = places
  const queue = new RoomQueue(() => left > 0, systemClock)
  const enter = async (name: string, signal?: AbortSignal): Promise<void> => {
    await queue.enter(signal)
    left--
    guests.push(name)
  }
  const free = (count: number): void => {
    left += count
    queue.look()
  }
  return { guests, queue, enter, free, left: () => left }
}

test('whoever comes while there is room is let in at once', async () => {
  const { guests, enter } = openRoom(1)
  await enter('a')
  assert.deepEqual(guests, ['a'])
})

test('the others are let in one by one, in their order, and never more than there is room for', async () => {
  const { guests, enter, free, left } = openRoom(0)
  const entering = ['a', 'b', 'c', 'd'].map(name => enter(name))
  free(2)
  await Promise.all(entering.slice(0, 2))
  await systemClock.yield()
  assert.deepEqual([guests, left()], [['a', 'b'], 0])
  free(2)
  await Promise.all(entering)
  assert.deepEqual([guests, left()], [['a', 'b', 'c', 'd'], 0])
})

test('nobody overtakes those who wait', async () => {
  const { guests, enter, free } = openRoom(0)
  const first = enter('a')
  free(2)
  await Promise.all([enter('b'), first])
  assert.deepEqual(guests, ['a', 'b'])
})

test('whoever gives up leaves its place to the next, and hears the reason', async () => {
  const { guests, enter, free } = openRoom(0)
  const abort = new AbortController()
  const first = enter('a', abort.signal)
  const second = enter('b')
  abort.abort(new Error('late'))
  await assert.rejects(first, { message: 'late' })
  await assert.rejects(enter('c', abort.signal), { message: 'late' })
  free(1)
  await second
  assert.deepEqual(guests, ['b'])
})

test('when it closes all are sent away', async () => {
  const { enter, queue } = openRoom(0)
  const waiting = [enter('a'), enter('b')].map(each => assert.rejects(each, { message: 'closed' }))
  queue.close(new Error('closed'))
  await Promise.all(waiting)
})
