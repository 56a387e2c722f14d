// The whole of Bluesky on this machine: directory (PLC), account server (PDS), and the AppView that counts likes,
// reposts and replies, with PostgreSQL and Redis of its own. Prints one line of JSON when ready; ends, and takes all
// of it along, when stdin closes. Environment: KAJA_NETWORK_FOLDER, an empty folder that others may enter.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, globSync, mkdirSync } from 'node:fs'
import net from 'node:net'
import './loopback.mjs'

const folder = process.env.KAJA_NETWORK_FOLDER
const freePort = () =>
  new Promise((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })
const listens = (port) =>
  new Promise((done) => {
    const socket = net.connect(port, '127.0.0.1', () => done(socket.destroy() && true))
    socket.on('error', () => done(false))
  })

// PostgreSQL refuses to run as root.
const id = (flag) => Number(spawnSync('id', [flag, 'postgres']).stdout.toString())
const who = process.getuid() === 0 ? { uid: id('-u'), gid: id('-g') } : {}
const tools = globSync('/usr/lib/postgresql/*/bin').sort().at(-1)
const data = `${folder}/postgres`
mkdirSync(data, { mode: 0o700 })
if (who.uid) chownSync(data, who.uid, who.gid)
const run = (program, args) => {
  const done = spawnSync(program, args, { ...who, cwd: data, stdio: ['ignore', 'ignore', 'inherit'] })
  if (done.status !== 0) throw new Error(`${program} failed`)
}

const [postgresPort, redisPort, plc, pds, bsky, ozone] = await Promise.all(Array.from({ length: 6 }, freePort))
run(`${tools}/initdb`, ['-D', `${data}/rows`, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'])
const servers = [
  spawn(
    `${tools}/postgres`,
    ['-D', `${data}/rows`, '-p', postgresPort, '-k', data, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    { ...who, cwd: data, stdio: ['ignore', 'ignore', 'inherit'] },
  ),
  spawn(
    'redis-server',
    ['--port', redisPort, '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  ),
]
const fall = () => servers.forEach((server) => server.kill('SIGINT'))
process.on('exit', fall)
for (const port of [postgresPort, redisPort]) {
  for (let round = 0; !(await listens(port)); round++) {
    if (round > 200) throw new Error(`Nothing listens on port ${port}`)
    await new Promise((done) => setTimeout(done, 50))
  }
}
for (let round = 0; ; round++) {
  const made = spawnSync(`${tools}/createdb`, ['-h', '127.0.0.1', '-p', postgresPort, '-U', 'postgres', 'atproto'])
  if (made.status === 0) break
  if (round > 50) throw new Error(made.stderr.toString())
  await new Promise((done) => setTimeout(done, 100))
}

process.env.DB_POSTGRES_URL = `postgresql://postgres@127.0.0.1:${postgresPort}/atproto`
process.env.REDIS_HOST = `127.0.0.1:${redisPort}`
process.env.NODE_ENV = 'test'
const { TestNetwork } = await import('@atproto/dev-env')
const network = await TestNetwork.create({
  dbPostgresSchema: 'kaja',
  plc: { port: plc },
  pds: { port: pds, hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { port: bsky, publicUrl: `http://localhost:${bsky}` },
  ozone: { port: ozone },
})
console.log(JSON.stringify({ plc: network.plc.url, pds: network.pds.url, appview: network.bsky.url }))

// What this network wrote goes with it: nobody waits for its orderly end.
const stop = () => process.exit(0)
process.on('SIGTERM', stop)
process.on('SIGINT', stop)
process.stdin.on('end', stop)
process.stdin.resume()
