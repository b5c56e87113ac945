import assert from 'node:assert/strict'
import { answerTo, type ServedFile } from '../../../../src/node/api/media/answer.js'
import { wantedRange } from '../../../../src/node/api/media/range.js'

const FILE: ServedFile = { size: 1000, tag: 'bafkreitag', type: 'video/mp4', name: 'sea.mp4' }
const ask = (headers: Record<string, string>, method = 'GET', file = FILE): ReturnType<typeof answerTo> => answerTo({ method, headers }, file)

describe('a byte range', () => {
  it('is served as it is asked for, and cut at the end of the file', () => {
    for (const [header, start, end] of [
      ['bytes=0-0', 0, 1], ['bytes=0-999', 0, 1000], ['bytes=10-', 10, 1000], ['bytes=999-', 999, 1000], ['bytes=5-4000', 5, 1000],
      ['bytes=-1', 999, 1000], ['bytes=-1000', 0, 1000], ['bytes=-5000', 0, 1000], ['Bytes = 3 - 4 ', 3, 5], ['bytes=0-9999999999999999', 0, 1000]
    ] as const) assert.deepEqual(wantedRange(header, 1000), { kind: 'part', start, end }, header)
  })

  it('beyond the file is none', () => {
    for (const header of ['bytes=1000-', 'bytes=1000-1000', 'bytes=4000-5000', 'bytes=-0']) assert.deepEqual(wantedRange(header, 1000), { kind: 'none' }, header)
    for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-5']) assert.deepEqual(wantedRange(header, 0), { kind: 'none' }, `${header} of nothing`)
  })

  it('that is not one, or several at once, is ignored', () => {
    for (const header of [
      undefined, '', 'bytes', 'bytes=', 'bytes=-', 'bytes=a-b', 'bytes=1', 'bytes=5-4', 'bytes=--5', 'bytes=1-2-3', 'bytes=0x1-2', 'bytes=1.5-2', 'bytes=+1-2',
      'items=0-5', 'bytes 0-5', 'bytes=0-1,3-4', 'bytes=0-1,', 'bytes=99999999999999999-', 'bytes=0-99999999999999999'
    ]) assert.deepEqual(wantedRange(header, 1000), { kind: 'whole' }, String(header))
  })
})

describe('the answer to a request for a file', () => {
  it('is the whole file, and says that parts may be asked for', () => {
    const { status, headers, body } = ask({})
    assert.equal(status, 200)
    assert.deepEqual(body, { start: 0, end: 1000 })
    assert.equal(headers['accept-ranges'], 'bytes')
    assert.equal(headers['content-length'], '1000')
    assert.equal(headers.etag, '"bafkreitag"')
    assert.equal(headers['content-type'], 'video/mp4')
    assert.equal(headers['content-range'], undefined)
  })

  it('is a part with its place', () => {
    const { status, headers, body } = ask({ range: 'bytes=-100' })
    assert.equal(status, 206)
    assert.deepEqual(body, { start: 900, end: 1000 })
    assert.equal(headers['content-range'], 'bytes 900-999/1000')
    assert.equal(headers['content-length'], '100')
  })

  it('of a part that is not there tells the size', () => {
    const { status, headers, body } = ask({ range: 'bytes=1000-' })
    assert.equal(status, 416)
    assert.equal(body, null)
    assert.equal(headers['content-range'], 'bytes */1000')
  })

  it('to HEAD is the head alone, of the whole file', () => {
    const { status, headers, body } = ask({ range: 'bytes=0-9' }, 'HEAD')
    assert.equal(status, 200)
    assert.equal(body, null)
    assert.equal(headers['content-length'], '1000')
  })

  it('is the whole file to whom has parts of another one', () => {
    assert.equal(ask({ range: 'bytes=0-9', 'if-range': '"bafkreitag"' }).status, 206)
    for (const tag of ['"other"', 'W/"bafkreitag"', 'Wed, 21 Oct 2015 07:28:00 GMT', 'bafkreitag']) assert.equal(ask({ range: 'bytes=0-9', 'if-range': tag }).status, 200, tag)
  })

  it('follows the conditions', () => {
    assert.equal(ask({ 'if-none-match': '"a", W/"bafkreitag"' }).status, 304)
    assert.equal(ask({ 'if-none-match': '*' }).status, 304)
    assert.equal(ask({ 'if-none-match': '"a"' }).status, 200)
    assert.equal(ask({ 'if-none-match': '"bafkreitag"', range: 'bytes=0-9' }).status, 304)
    assert.equal(ask({ 'if-match': '"bafkreitag"', range: 'bytes=0-9' }).status, 206)
    assert.equal(ask({ 'if-match': '"a"' }).status, 412)
    assert.equal(ask({ 'if-match': 'W/"bafkreitag"' }).status, 412)
    assert.equal(ask({ 'if-none-match': '"bafkreitag"' }).headers['content-length'], undefined)
  })

  it('to any other method says which there are', () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', '']) {
      const { status, headers, body } = ask({}, method)
      assert.equal(status, 405, method)
      assert.equal(headers.allow, 'GET, HEAD')
      assert.equal(body, null)
    }
  })

  it('of an empty file has no body, and no part', () => {
    const empty = { ...FILE, size: 0 }
    assert.equal(ask({}, 'GET', empty).headers['content-length'], '0')
    assert.equal(ask({ range: 'bytes=0-' }, 'GET', empty).status, 416)
  })

  it('never lets a stranger\'s file run in a browser', () => {
    for (const type of ['text/html', 'image/svg+xml', 'IMAGE/SVG+XML', 'application/javascript', 'video/mp4; x=1', 'image/png\r\nx: y', '', null, 'image/', 'application/pdf']) {
      const { headers } = ask({}, 'GET', { ...FILE, type })
      assert.equal(headers['content-type'], 'application/octet-stream', String(type))
      assert.match(headers['content-disposition'] ?? '', /^attachment/)
    }
    for (const type of ['image/png', 'Audio/OGG', 'video/x-matroska']) assert.equal(ask({}, 'GET', { ...FILE, type }).headers['content-type'], type.toLowerCase())
    const { headers } = ask({})
    assert.equal(headers['content-security-policy'], "default-src 'none'; sandbox")
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['cache-control'], 'private, no-store')
  })

  it('takes no folder, quote, line end or turned text out of a file\'s name', () => {
    for (const [name, shown] of [
      ['sea.mp4', 'inline; filename="sea.mp4"'],
      ['../../etc/passwd', 'inline; filename="passwd"'],
      ['C:\\Windows\\x.mp4', 'inline; filename="x.mp4"'],
      ['a"b%41.mp4', `inline; filename="a_b_41.mp4"; filename*=UTF-8''a%22b%2541.mp4`],
      ['a\r\nset-cookie: x', 'inline; filename="aset-cookie: x"'],
      ['gpj\u202e.exe', 'inline; filename="gpj.exe"'],
      ["мор'е.mp4", `inline; filename="___'_.mp4"; filename*=UTF-8''%D0%BC%D0%BE%D1%80%27%D0%B5.mp4`],
      ['..', 'inline'], ['', 'inline'], ['a/', 'inline']
    ] as const) assert.equal(ask({}, 'GET', { ...FILE, name }).headers['content-disposition'], shown, name)
    for (const name of ['\ud800', 'x'.repeat(5000), '\udc00\ud800.mp4', '🎬'.repeat(300)]) {
      const line = ask({}, 'GET', { ...FILE, name }).headers['content-disposition'] ?? ''
      assert.match(line, /^[\x20-\x7e]{1,4000}$/)
    }
  })
})
