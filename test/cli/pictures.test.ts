import assert from 'node:assert/strict'
import sharp from 'sharp'
import { graphicsOf } from '../../src/cli/terminal/graphics.js'
import { blockLines, fit } from '../../src/cli/terminal/pictures.js'
import { widthOf } from '../../src/cli/terminal/width.js'
import type { ChatMessage, MediaFile, MediaThumb } from '../../src/protocol/api/index.js'
import { bomb } from '../node/probe/files.js'
import { chat, cli, fake, file, message, NOW } from './support.js'

const KITTY = { TERM: 'xterm-kitty' }
const ITERM = { TERM: 'xterm-256color', TERM_PROGRAM: 'iTerm.app' }

describe('files in a chat, on a terminal', () => {
  let thumb: MediaThumb

  before(async () => {
    const bytes = await sharp({ create: { width: 320, height: 160, channels: 3, background: '#c03020' } }).jpeg().toBuffer()
    thumb = { type: 'image/jpeg', width: 320, height: 160, bytes: bytes.toString('base64') }
  })

  const showing = (messages: ChatMessage[]) => fake({ showChat: async () => ({ chat: chat(), messages, hasMore: false }), getMessage: async () => messages[0]! }, messages.map((one, i) => (
    { n: i + 1, at: NOW, event: { type: 'message' as const, message: { ...one, media: one.media.map(each => ({ ...each, thumb: each.thumb === null ? null : { ...each.thumb, bytes: null } })) } } }
  ))).petrel
  const withFiles = (media: MediaFile[], text = ''): ChatMessage => message({ kind: media.length > 1 ? 'album' : 'media', media, text })
  const shown = async (messages: ChatMessage[], env: Record<string, string | undefined>, more: string[] = [], columns: number | null = 80) =>
    (await cli(['chats', 'show', 'x', ...more], { petrel: showing(messages), io: { columns, env } })).out

  it('are told by kind, name, size and state, before the caption', async () => {
    const out = await shown([
      withFiles([file({ size: 2_200_000, state: { here: 1_100_000, held: true, transfer: null } })], 'the beach'),
      withFiles([file({ as: 'voice', name: null, size: 9000, width: null, height: null, duration: 7400, waveform: Buffer.from([0, 100, 255, 20]).toString('base64'), state: { here: 0, held: true, transfer: null } })])
    ], {})
    assert.ok(out.includes('  [photo] holiday.jpg  1600×1200  2.1 MiB  50 % here\n  the beach\n'), out)
    assert.ok(out.includes('  [voice] 0:07  ▁▄█▁  8.8 KiB  not here yet\n'), out)
    assert.ok(!out.includes('(media)') && !out.includes('\u001b'))
  })

  it('are numbered in an album, and counted in lists', async () => {
    const album = withFiles([file(), file({ name: 'b.jpg' }), file({ name: 'c.jpg' })], 'three')
    const out = await shown([album], {})
    assert.ok(out.includes('[photo 1/3] holiday.jpg') && out.includes('[photo 3/3] c.jpg'))
    const { petrel } = fake({ listChats: async () => [chat({ last: album }), chat({ last: withFiles([file({ as: 'file', name: 'a.pdf' })]) })] })
    const lists = (await cli(['chats'], { petrel, io: { columns: 80 } })).out
    assert.ok(lists.includes('[3 photos] three') && lists.includes('[file a.pdf]'), lists)
  })

  it('with names of a stranger that drive no terminal', async () => {
    const out = await shown([withFiles([file({ name: 'a\u001b]0;title\u0007\u202egpj.exe\nPetrel: all is well' })])], {})
    assert.ok(!/[\u001b\u0007\u202e]/.test(out))
    assert.equal(out.split('\n').filter(line => line.startsWith('Petrel')).length, 0)
  })

  it('are drawn by kitty\'s protocol, as a picture of our own coding, in room that was made before', async () => {
    const out = await shown([withFiles([file({ thumb })], 'red')], KITTY)
    const drawn = /\u001b_G(a=T,f=100,q=2,C=1,c=40,r=10,)m=0;([A-Za-z0-9+/=]+)\u001b\\/.exec(out)
    assert.ok(drawn !== null, JSON.stringify(out.slice(0, 400)))
    const { format, width } = await sharp(Buffer.from(drawn[2]!, 'base64')).metadata()
    assert.deepEqual({ format, width }, { format: 'png', width: 320 })
    assert.ok(out.includes(`${'\n'.repeat(9)}\r\u001b[9A\u001b7\u001b[2C\u001b_G`) && out.includes('\u001b8\u001b[9B\n  red\n'))
  })

  it('are drawn by iTerm2\'s inline images, several of an album beside each other', async () => {
    const out = await shown([withFiles(Array.from({ length: 4 }, () => file({ thumb })))], ITERM)
    const places = [...out.matchAll(/\u001b7\u001b\[(\d+)C\u001b\]1337;File=inline=1;size=\d+;width=20;height=5;preserveAspectRatio=1:/g)].map(found => found[1])
    assert.deepEqual(places, ['2', '24', '46', '2'])
  })

  it('are drawn in half blocks for who asks for them, no line wider than the terminal', async () => {
    const out = await shown([withFiles([file({ thumb })])], {}, ['--images', 'blocks'], 30)
    const lines = out.split('\n').filter(line => line.includes('▀'))
    assert.equal(lines.length, 7)
    const plain = lines.map(line => line.replace(/\u001b\[[0-9;]*m/g, ''))
    assert.ok(plain.every(line => widthOf(line) === 30 && /^ {2}▀+$/.test(line)))
    assert.match(lines[0]!, /38;2;19\d;4\d;3\dm/)
  })

  it('are drawn as they are received, whose updates only name them', async () => {
    const out = (await cli(['receive'], { petrel: showing([withFiles([file({ thumb })])]), io: { columns: 80, env: KITTY } })).out
    assert.ok(out.includes('[photo] holiday.jpg') && out.includes('\u001b_Ga=T'))
  })

  it('are never drawn where they are no thumbnail: bombs, other files, nonsense', async () => {
    const huge = await sharp({ create: { width: 5000, height: 10, channels: 3, background: '#000' } }).jpeg().toBuffer()
    for (const bytes of [bomb(60_000, 60_000), huge, Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), Buffer.alloc(20_000), Buffer.alloc(0), Buffer.from([0xff, 0xd8, 0xff])]) {
      const out = await shown([withFiles([file({ thumb: { ...thumb, bytes: bytes.toString('base64') } })])], KITTY)
      assert.ok(out.includes('[photo]') && !out.includes('\u001b'), JSON.stringify(out))
    }
  })

  it('are not drawn into a file, as JSON, inside a multiplexer, or where it is not known that they can be', async () => {
    const messages = [withFiles([file({ thumb })])]
    assert.ok(!(await shown(messages, KITTY, [], null)).includes('\u001b'))
    assert.ok(!(await shown(messages, KITTY, ['--json'])).includes('\u001b'))
    for (const env of [{ ...KITTY, TMUX: '/tmp/tmux-0/default,1,0' }, { ...ITERM, TERM: 'screen-256color' }, { TERM: 'xterm-256color' }, { TERM: 'dumb' }, {}]) assert.ok(!(await shown(messages, env)).includes('\u001b'), JSON.stringify(env))
    assert.ok(!(await shown(messages, KITTY, ['--images', 'never'])).includes('\u001b'))
    assert.ok(!(await shown(messages, { PETREL_IMAGES: 'never', ...KITTY })).includes('\u001b'))
    assert.equal((await cli(['chats', 'show', 'x'], { petrel: showing(messages), io: { columns: 80, env: { PETREL_IMAGES: 'always' } } })).code, 2)
  })

  it('are told from each other by what the environment says, and by nothing else', () => {
    const of = (env: Record<string, string | undefined>) => graphicsOf('auto', env, { columns: 80, json: false, color: true })
    assert.deepEqual([{ KITTY_WINDOW_ID: '1' }, { TERM: 'xterm-ghostty' }, { KONSOLE_VERSION: '230801' }, { TERM_PROGRAM: 'WezTerm' }, { LC_TERMINAL: 'iTerm2' }, { TERM_PROGRAM: 'mintty' }].map(of), ['kitty', 'kitty', 'kitty', 'iterm', 'iterm', 'iterm'])
    assert.deepEqual([{ KONSOLE_VERSION: '210000' }, { TERM_PROGRAM: 'Apple_Terminal' }, { ZELLIJ: '0', TERM: 'xterm-kitty' }].map(of), ['never', 'never', 'never'])
  })

  it('keep their shape in cells, and are not made larger', () => {
    assert.deepEqual(fit(320, 240, { columns: 40, rows: 16 }), { columns: 40, rows: 15 })
    assert.deepEqual(fit(240, 320, { columns: 40, rows: 16 }), { columns: 24, rows: 16 })
    assert.deepEqual(fit(16, 16, { columns: 40, rows: 16 }), { columns: 2, rows: 1 })
    assert.deepEqual(fit(640, 1, { columns: 40, rows: 16 }), { columns: 40, rows: 1 })
    const odd = blockLines([{ rgb: new Uint8Array(2 * 3 * 3), width: 2, height: 3 }], 0, 80)
    assert.deepEqual([odd.length, odd[1]!.includes('\u001b[49m')], [2, true])
  })
})
