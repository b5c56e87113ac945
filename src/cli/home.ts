/** What the command line itself asks of a home, without loading the node. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { Settings } from './settings.js'

/** Whether the home holds an identity. */
export async function homeIsThere (home: string): Promise<boolean> {
  try {
    await access(join(home, 'keystore'))
    return true
  } catch {
    return false
  }
}

/** A word as a POSIX shell reads it as one. */
export const shellWord = (text: string): string => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll('\'', '\'\\\'\'')}'`

/** How this command line names its home, for commands that are proposed to the person. */
export function homeFlags ({ home, profile }: Pick<Settings, 'home' | 'profile'>): string {
  return `${home === undefined ? '' : ` --home ${shellWord(home)}`}${profile === undefined ? '' : ` --profile ${profile}`}`
}

/**
 * Words of the node's, with the commands that they propose as this home needs them: `see petrel chats list` as
 * `see petrel --profile work chats list`. What is to be typed elsewhere, on another device, is not proposed in these ways.
 */
export function forHome (text: string, flags: string): string {
  return flags === '' ? text : text.replace(/(: |: see |look with |\(|, )petrel (?=[a-z])/g, (_, before: string) => `${before}petrel${flags} `)
}
