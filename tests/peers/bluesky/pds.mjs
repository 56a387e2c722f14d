// A Bluesky server (PDS) with its own directory (PLC). Prints one line of JSON when ready; ends when stdin closes.
import './loopback.mjs'

const { TestNetworkNoAppView } = await import('@atproto/dev-env')
const network = await TestNetworkNoAppView.create({
  plc: { port: Number(process.env.PLC_PORT) },
  pds: { port: Number(process.env.PDS_PORT), hostname: 'localhost', enableDidDocWithSession: true },
})
console.log(JSON.stringify({ plc: network.plc.url, pds: network.pds.url }))

const stop = async () => { await network.close(); process.exit(0) }
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.stdin.on('end', stop)
process.stdin.resume()
