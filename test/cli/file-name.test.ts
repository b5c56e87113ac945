import assert from 'node:assert/strict'
import { basename, join, posix, win32 } from 'node:path'
import fc from 'fast-check'
import { fileNameFor, safeFileName } from '../../src/cli/file-name.js'

const AT = new Date('2026-03-01T14:05:09.000Z')

describe('a stranger\'s file name', () => {
  const rows: [string, string, string | null][] = [
    ['an ordinary name', 'Holiday in Åland 1.jpg', 'Holiday in Åland 1.jpg'],
    ['a way up', '../../.ssh/authorized_keys', 'authorized_keys'],
    ['a way up as Windows writes it', '..\\..\\autoexec.bat', 'autoexec.bat'],
    ['an absolute path', '/etc/passwd', 'passwd'],
    ['a drive', 'C:boot.ini', 'C_boot.ini'],
    ['a stream of NTFS', 'notes.txt:hidden.exe', 'notes.txt_hidden.exe'],
    ['only dots', '..', null],
    ['nothing at all', '', null],
    ['a folder', 'folder/', null],
    ['blanks and dots', ' . . ', null],
    ['a name that hides itself', '.bashrc', '_bashrc'],
    ['an option', '-rf', '_rf'],
    ['a home', '~root', '_root'],
    ['a device', 'CON', '_CON'],
    ['a device with an extension', 'nul.tar.gz', '_nul.tar.gz'],
    ['a device in small digits', 'com¹.txt', '_com¹.txt'],
    ['a device before blanks', 'aux .txt', '_aux .txt'],
    ['what is no device', 'console.log', 'console.log'],
    ['an end that Windows drops', 'setup.exe. . ', 'setup.exe'],
    ['control characters', 'a\u0000b\u001b[31mc\r\n\u007f\u009b.txt', 'ab[31mc.txt'],
    ['text turned around', 'gpj.\u202eexe', 'gpj.exe'],
    ['what is invisible', 'in\u200bvis\u2066ible\ufeff.txt', 'invisible.txt'],
    ['half a character', 'x\ud800y', 'xy'],
    ['line separators', 'a\u2028b\u2029c', 'abc'],
    ['signs of shells and Windows', 'what*is|this?<"x">', 'what_is_this___x__'],
    ['one name in two spellings', 'e\u0301.txt', '\u00e9.txt']
  ]
  for (const [what, name, safe] of rows) it(`is harmless here: ${what}`, () => { assert.equal(safeFileName(name), safe) })

  it('is cut to what file systems take, before its extension and between characters', () => {
    const long = safeFileName(`${'🐦'.repeat(300)}.tar.jpeg`)
    assert.ok(long !== null && Buffer.byteLength(long) <= 200 && long.endsWith('🐦.jpeg') && long.isWellFormed())
    const bare = safeFileName('x'.repeat(5000))
    assert.equal(bare?.length, 200)
    assert.equal(safeFileName(`a.${'b'.repeat(5000)}`)?.length, 200)
  })

  it('never leads anywhere else, whatever it is', () => {
    fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('.', '/', '\\', ' ', ':', '-', '~', 'c', 'o', 'n', '1', '\u202e', '\0', 'é') })), name => {
      const safe = safeFileName(name)
      if (safe === null) return
      assert.equal(basename(safe), safe)
      assert.equal(win32.basename(safe), safe)
      assert.equal(join('/here', safe), `/here/${safe}`)
      assert.equal(posix.dirname(posix.resolve('/here', safe)), '/here')
      assert.match(safe, /^[^.~ -]/u)
      assert.doesNotMatch(safe, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}<>:"|?*/\\]|[. ]$/u)
      assert.ok(Buffer.byteLength(safe) <= 200 && safe.length > 0)
      assert.equal(safeFileName(safe), safe, 'what is safe stays')
    }), { numRuns: 2000 })
  })

  it('is made from what the file is when there is none', () => {
    assert.equal(fileNameFor({ name: null, as: 'photo', type: 'image/jpeg' }, AT), 'photo-2026-03-01-1405.jpg')
    assert.equal(fileNameFor({ name: '..', as: '../x', type: '../../y' }, AT), 'file-2026-03-01-1405')
    assert.equal(fileNameFor({ name: 'a/b.txt', as: 'file', type: null }, AT), 'b.txt')
  })
})
