/** The queries about winning bids, the best ones while their auctions were open: q4, q6, q9. */
import { json, type Table } from 'sluice'
import type { Auction, Bid, Events } from './events.ts'
import { type Query, query } from './query.ts'

/** A bid that wins so far, and its auction. */
interface Won {
  readonly auction: Omit<Auction, 'description' | 'initialBid' | 'reserve' | 'arrival' | 'extra'>
  readonly bid: Pick<Bid, 'auction' | 'bidder' | 'price' | 'dateTime'>
}

/** Of each auction the highest bid within its time, the earliest of equal ones; replaced when a better one comes. */
function winning({ auctions, bids }: Events): Table<number, Won> {
  return auctions
    .map(({ id, itemName, category, seller, dateTime, expires }) => ({
      id,
      itemName,
      category,
      seller,
      dateTime,
      expires,
    }))
    .keyBy('id')
    .join(
      bids
        .map(({ auction, bidder, price, dateTime }) => ({ auction, bidder, price, dateTime }))
        .keyBy('auction'),
      { unbounded: true },
    )
    .filter(({ left, right }) => right.dateTime >= left.dateTime && right.dateTime <= left.expires)
    .running({ retract: true })
    .maxBy(({ right }) => right.price)
    .map(({ value }) => ({ auction: value.left, bid: value.right }))
}

export const q4: Query = query({
  asks: 'For each category the average of the winning bids of its auctions.',
  row: json({ category: 'integer', average: 'number' }),
  replaces: ['category'],
  answer: events =>
    winning(events)
      .keyBy(({ auction }) => auction.category)
      .running()
      .mean(({ bid }) => bid.price)
      .map(({ key, value }) => ({ category: key, average: value })),
})

export const q9: Query = query({
  asks: 'The winning bid of each auction.',
  row: json({
    auction: 'integer',
    itemName: 'string',
    category: 'integer',
    seller: 'integer',
    opened: 'integer',
    expires: 'integer',
    bidder: 'integer',
    price: 'integer',
    bidTime: 'integer',
  }),
  replaces: ['auction'],
  answer: events =>
    winning(events).map(({ auction: { dateTime: opened, ...auction }, bid }) => ({
      ...auction,
      opened,
      ...bid,
      bidTime: bid.dateTime,
    })),
})

export const q6: Query = query({
  asks:
    'For each auction with a winning bid the average of the last ten such bids for auctions of the same seller, ' +
    'this one included, by the time of the bid and then by the id of the auction.',
  row: json({ seller: 'integer', auction: 'integer', average: 'number' }),
  replaces: ['auction'],
  answer: events =>
    winning(events)
      // Bids come in crowds: what changes within two seconds is one change.
      .suppress({ every: '2s' })
      .map(({ auction, bid }) => ({
        seller: auction.seller,
        auction: auction.id,
        price: bid.price,
        time: bid.dateTime,
      }))
      .keyBy('seller')
      .running()
      .aggregate({
        init: (): Sale[] => [],
        add: (sales, sale) => sales.toSpliced(placeOf(sale, sales), 0, sale),
        retract: (sales, sale) => sales.toSpliced(placeOf(sale, sales), 1),
      })
      .suppress({ every: '2s' })
      .flatMap(({ key, value: sales }) =>
        sales.map(({ auction }, at) => ({
          seller: key,
          auction,
          average: averageOf(sales.slice(Math.max(0, at - 9), at + 1)),
        })),
      )
      .toChangelog()
      .flatMap(({ after }) => (after === null ? [] : [after])),
})

/** A winning bid, as its seller sees it. */
interface Sale {
  readonly auction: number
  readonly price: number
  readonly time: number
}

/** Where a sale is, or belongs, among others by their time. */
function placeOf(sale: Sale, sales: readonly Sale[]): number {
  const place = sales.findLastIndex(
    ({ time, auction }) => time < sale.time || (time === sale.time && auction < sale.auction),
  )
  return place + 1
}

function averageOf(sales: readonly Sale[]): number {
  return sales.reduce((sum, { price }) => sum + price, 0) / sales.length
}
