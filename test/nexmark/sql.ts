/**
 * The answers to all queries of Nexmark as SQL, in an embedded DuckDB: the second oracle, which shares neither
 * code nor reading of the questions with the first. The SQL is that by which the recorded answers were made.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { Line } from '../../examples/nexmark/generate.ts'
import type { Row } from './batch.ts'

const BANDS = [
  ['total', 'TRUE'],
  ['rank1', 'price < 10000'],
  ['rank2', 'price >= 10000 AND price < 1000000'],
  ['rank3', 'price >= 1000000'],
] as const

const COUNTS = [
  banded('bids', 'COUNT(*)'),
  banded('bidders', 'COUNT(DISTINCT bidder)'),
  banded('auctions', 'COUNT(DISTINCT auction)'),
].join(', ')

const WINNING = `SELECT * FROM (
      SELECT A.id, A.itemName, A.category, A.seller, A.dateTime AS opened, A.expires, B.bidder, B.price,
        B.dateTime AS bidTime, ROW_NUMBER() OVER (PARTITION BY A.id ORDER BY B.price DESC, B.dateTime ASC) AS r
      FROM auction A JOIN bid B ON A.id = B.auction
      WHERE B.dateTime BETWEEN A.dateTime AND A.expires) W WHERE r = 1`

const DAY = "strftime(make_timestamp(dateTime * 1000), '%Y-%m-%d')"
const MINUTE = "strftime(make_timestamp(dateTime * 1000), '%H:%M')"

const SQL: Readonly<Record<string, string>> = {
  q0: `
    SELECT auction, bidder, price, dateTime, extra
    FROM bid`,
  q1: `
    SELECT auction, bidder, CAST(0.908 * price AS DECIMAL(20, 3)), dateTime, extra
    FROM bid`,
  q2: `
    SELECT auction, price
    FROM bid
    WHERE MOD(auction, 123) = 0`,
  q3: `
    SELECT P.name, P.city, P.state, A.id
    FROM auction A
    JOIN person P ON A.seller = P.id
    WHERE A.category = 10
    AND P.state IN ('OR', 'ID', 'CA')`,
  q4: `
    SELECT category, AVG(CAST(final AS DOUBLE)) AS average
    FROM (SELECT A.id, A.category, MAX(B.price) AS final
    FROM auction A
    JOIN bid B ON A.id = B.auction
    WHERE B.dateTime BETWEEN A.dateTime AND A.expires
    GROUP BY A.id, A.category) M
    GROUP BY category`,
  q5: `
    WITH c AS (SELECT auction, w AS s, COUNT(*) AS num
    FROM ( SELECT auction, unnest(range((dateTime // 2000) * 2000 - 8000, (dateTime // 2000) * 2000 + 1,
      2000)) AS w
    FROM bid) X
    GROUP BY auction, w) SELECT auction, num, s, s + 10000
    FROM c
    QUALIFY num = MAX(num) OVER (PARTITION BY s)`,
  q6: `
    SELECT seller, id, AVG(CAST(price AS DOUBLE)) OVER (PARTITION BY seller ORDER BY bidTime, id ROWS
      BETWEEN 9 PRECEDING AND CURRENT ROW)
    FROM (${WINNING}) V`,
  q7: `
    SELECT auction, bidder, price, dateTime, (dateTime // 10000) * 10000
    FROM bid
    QUALIFY price = MAX(price) OVER (PARTITION BY dateTime // 10000)`,
  q8: `
    SELECT DISTINCT P.id, P.name, (P.dateTime // 10000) * 10000
    FROM person P
    JOIN auction A ON P.id = A.seller
    AND P.dateTime // 10000 = A.dateTime // 10000`,
  q9: `
    SELECT id, itemName, category, seller, opened, expires, bidder, price, bidTime
    FROM (${WINNING}) V`,
  q10: `
    SELECT d, m, COUNT(*), CAST(SUM(price) AS BIGINT), MIN(dateTime), MAX(dateTime)
    FROM (SELECT *, ${DAY} AS d, ${MINUTE} AS m
    FROM bid) X
    GROUP BY d, m`,
  q11: `
    SELECT bidder, COUNT(*), MIN(dateTime), MAX(dateTime) + 10000
    FROM ( SELECT *, SUM(brk) OVER (PARTITION BY bidder ORDER BY dateTime, n ROWS UNBOUNDED PRECEDING)
      AS s
    FROM ( SELECT *, CASE WHEN dateTime - LAG(dateTime) OVER (PARTITION BY bidder ORDER BY dateTime, n)
      <= 10000 THEN 0 ELSE 1 END AS brk
    FROM bid) X) Y
    GROUP BY bidder, s`,
  q12: `
    SELECT bidder, COUNT(*), (arrival // 10000) * 10000, (arrival // 10000) * 10000 + 10000
    FROM bid
    GROUP BY bidder, arrival // 10000`,
  q13: `
    SELECT B.auction, B.bidder, B.price, B.dateTime, S.v
    FROM bid B
    JOIN side S ON MOD(B.auction, 100) = S.k`,
  q14: `
    SELECT auction, bidder, CAST(0.908 * price AS DECIMAL(20, 3)), CASE WHEN h BETWEEN 8 AND 18 THEN
      'dayTime' WHEN h <= 6 OR h >= 20 THEN 'nightTime' ELSE 'otherTime' END, dateTime, extra,
      LENGTH(extra) - LENGTH(REPLACE(extra, 'c', ''))
    FROM (SELECT *, (dateTime // 3600000) % 24 AS h
    FROM bid) X
    WHERE 0.908 * price > 1000000 AND 0.908 * price < 50000000`,
  q15: `
    SELECT d, ${COUNTS}
    FROM (SELECT *, ${DAY} AS d
    FROM bid) X
    GROUP BY d`,
  q16: `
    SELECT channel, d, MAX(m), ${COUNTS}
    FROM (SELECT *, ${DAY} AS d, ${MINUTE} AS m
    FROM bid) X
    GROUP BY channel, d`,
  q17: `
    SELECT auction, d, ${banded('bids', 'COUNT(*)')}, MIN(price), MAX(price), AVG(CAST(price AS
      DOUBLE)), CAST(SUM(price) AS BIGINT)
    FROM (SELECT *, ${DAY} AS d
    FROM bid) X
    GROUP BY auction, d`,
  q18: `
    SELECT auction, bidder, price, channel, dateTime, extra
    FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY bidder, auction ORDER BY dateTime DESC) AS r
    FROM bid) X
    WHERE r = 1`,
  q19: `
    SELECT auction, bidder, price, dateTime, r
    FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY auction ORDER BY price DESC, dateTime ASC) AS r
    FROM bid) X
    WHERE r <= 10`,
  q20: `
    SELECT B.auction, B.bidder, B.price, B.dateTime, A.itemName, A.seller, A.dateTime, A.expires
    FROM bid B
    JOIN auction A ON B.auction = A.id
    WHERE A.category = 10`,
  q21: `
    SELECT auction, bidder, price, channel, CASE LOWER(channel) WHEN 'apple' THEN '0' WHEN 'google' THEN
      '1' WHEN 'facebook' THEN '2' WHEN 'baidu' THEN '3' ELSE regexp_extract(url,
      '[&?]channel_id=([^&]*)', 1) END
    FROM bid
    WHERE LOWER(channel) IN ('apple', 'google', 'facebook', 'baidu') OR regexp_matches(url,
      '[&?]channel_id=([^&]*)')`,
  q22: `
    SELECT auction, bidder, price, channel, split_part(url, '/', 4), split_part(url, '/', 5),
      split_part(url, '/', 6)
    FROM bid`,
  q23: `
    SELECT B.auction, B.bidder, B.price, B.dateTime, P.name, A.id
    FROM bid B
    JOIN person P ON B.bidder = P.id
    JOIN auction A ON A.seller = B.bidder`,
}

const TABLES = [
  `CREATE TABLE person AS SELECT id, name, emailAddress, creditCard, city, state, dateTime, extra
    FROM events WHERE kind = 'person'`,
  `CREATE TABLE auction AS SELECT id, itemName, description, initialBid, reserve, dateTime, expires, seller,
    category, extra FROM events WHERE kind = 'auction'`,
  `CREATE TABLE bid AS SELECT n, auction, bidder, price, channel, url, dateTime, arrival, extra
    FROM events WHERE kind = 'bid'`,
  `CREATE TABLE side AS SELECT k, 'side-' || k AS v FROM range(100) R(k) WHERE k % 3 <> 0`,
]

const COLUMNS: Readonly<Record<string, 'VARCHAR' | 'BIGINT'>> = {
  kind: 'VARCHAR',
  id: 'BIGINT',
  name: 'VARCHAR',
  emailAddress: 'VARCHAR',
  creditCard: 'VARCHAR',
  city: 'VARCHAR',
  state: 'VARCHAR',
  itemName: 'VARCHAR',
  description: 'VARCHAR',
  initialBid: 'BIGINT',
  reserve: 'BIGINT',
  expires: 'BIGINT',
  seller: 'BIGINT',
  category: 'BIGINT',
  auction: 'BIGINT',
  bidder: 'BIGINT',
  price: 'BIGINT',
  channel: 'VARCHAR',
  url: 'VARCHAR',
  dateTime: 'BIGINT',
  arrival: 'BIGINT',
  extra: 'VARCHAR',
}

/** The answers to these queries. */
export async function sqlAnswers(
  names: readonly string[],
  events: readonly Line[],
): Promise<ReadonlyMap<string, readonly Row[]>> {
  const folder = mkdtempSync(path.join(tmpdir(), 'sluice-sql-'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    const file = path.join(folder, 'events.jsonl')
    writeFileSync(file, events.map(event => `${JSON.stringify(event)}\n`).join(''))
    const columns = Object.entries(COLUMNS).map(([name, type]) => `${name}: '${type}'`)
    await connection.run(
      `CREATE TABLE events AS SELECT row_number() OVER () AS n, * FROM
        read_json('${file}', format = 'newline_delimited', columns = {${columns.join(', ')}})`,
    )
    for (const table of TABLES) await connection.run(table)
    const answers = new Map<string, readonly Row[]>()
    for (const name of names) {
      const sql = SQL[name]
      if (sql === undefined) throw new Error(`no SQL for ${name}`)
      const read = await connection.runAndReadAll(sql)
      answers.set(
        name,
        read.getRows().map(row => row.map(cellOf)),
      )
    }
    return answers
  } finally {
    connection.closeSync()
    instance.closeSync()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Whole numbers of 64 bits come as bigint, decimals as objects. */
function cellOf(value: unknown): string | number {
  if (typeof value === 'number') return value
  return typeof value === 'bigint' ? Number(value) : String(value)
}

function banded(prefix: string, expression: string): string {
  return BANDS.map(([name, where]) => `${expression} FILTER (WHERE ${where}) AS ${prefix}_${name}`).join(', ')
}
