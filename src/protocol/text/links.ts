/** Where a link that was typed leads: to an address, or to somebody. */
import { isAccount, isAddress } from './entities.js'

const PETREL = 'petrel:'

/** The formatting that a link stands for; undefined when it leads nowhere that may be sent. */
export function linkEntity (href: string): { type: 'text_link' | 'text_mention', value: string } | undefined {
  if (href.startsWith(PETREL) && isAccount(href.slice(PETREL.length))) return { type: 'text_mention', value: href.slice(PETREL.length) }
  return isAddress(href) ? { type: 'text_link', value: href } : undefined
}
