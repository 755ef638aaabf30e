// Reads Parquet files with hyparquet, which shares nothing with Postern's writer, and prints columns and rows of each as a line of JSON.
// usage: node read_parquet.mjs NODE_MODULES FILE...
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

const [modules, ...files] = process.argv.slice(2)
const { parquetMetadata, parquetReadObjects } = await import(pathToFileURL(`${modules}/hyparquet/src/index.js`))
const { compressors } = await import(pathToFileURL(`${modules}/hyparquet-compressors/src/index.js`))
const plain = (_, value) => typeof value === 'bigint' ? `int:${value}` : value
// A Date has milliseconds.
const parsers = { timestampFromMicroseconds: us => new Date(Number(us / 1000n)).toISOString().replace('Z', `${us % 1000n}`.padStart(3, '0') + 'Z') }
for (const file of files) {
  const bytes = readFileSync(file)
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  const metadata = parquetMetadata(whole)
  const rows = await parquetReadObjects({ file: whole, compressors, parsers })
  const columns = metadata.schema.slice(1).map(column => [column.name, column.type, column.converted_type ?? null])
  const codecs = [...new Set(metadata.row_groups.flatMap(group => group.columns.map(column => column.meta_data.codec)))]
  console.log(JSON.stringify({ columns, codecs, rows, count: `${metadata.num_rows}` }, plain))
}
