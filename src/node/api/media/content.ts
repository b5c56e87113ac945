/** What a stranger's file is called and taken for over HTTP. Pure. */

/** Types that a program shows as pictures and sound, and never runs. SVG is a document with scripts. */
const SHOWN = /^(audio|image|video)\/(?!svg)[a-z0-9][a-z0-9.+-]{0,63}$/u

/**
 * Type, name and policy. Whatever is no picture or sound is handed out as bytes to keep, and even if a browser opened
 * it, nothing in it may run or load.
 */
export function contentHeaders ({ type, name }: { readonly type: string | null, readonly name: string | null }): Record<string, string> {
  const plain = type?.toLowerCase() ?? ''
  const shown = SHOWN.test(plain)
  return {
    'content-type': shown ? plain : 'application/octet-stream',
    'content-disposition': disposition(shown ? 'inline' : 'attachment', name),
    'content-security-policy': "default-src 'none'; sandbox"
  }
}

/** RFC 6266 and RFC 8187: a name in ASCII for old readers, and the whole one. */
function disposition (how: 'inline' | 'attachment', name: string | null): string {
  const bare = bareName(name ?? '')
  if (bare === '') return how
  const ascii = bare.replaceAll(/[^\x20-\x7e]|["\\%]/gu, '_')
  const rest = ascii === bare ? '' : `; filename*=UTF-8''${encodeURIComponent(bare).replaceAll(/['()*]/gu, c => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)}`
  return `${how}; filename="${ascii}"${rest}`
}

/** No folders, nothing that cannot be seen or turns the text around, and no half of a character, which could not be encoded. */
function bareName (name: string): string {
  const last = name.toWellFormed().split(/[/\\]/u).at(-1) ?? ''
  const visible = last.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
  return visible === '.' || visible === '..' ? '' : visible.slice(0, 255).toWellFormed()
}
