/** What happened in secret chats, as sentences; what was said stands in none of them. */
import type { SecretInfo, UpdateEvent } from '../../protocol/api/index.js'
import { oneLine } from './safe-text.js'
import { timerText } from './secret.js'

type SecretEvent = Extract<UpdateEvent, { type: 'secret' }>

/** How many wait for the person, in words; empty when nothing does. */
export function secretsWaiting (asked: number, unread: number): string {
  return [asked === 0 ? '' : asked === 1 ? '1 waits for your answer' : `${asked} wait for your answer`, unread === 0 ? '' : `${unread} unread`].filter(words => words !== '').join(', ')
}

/** What an update tells; `secret` as it stands now, undefined when it is not there any more. */
export function secretNews ({ secret: id, change }: SecretEvent, secret: SecretInfo | undefined): string {
  const short = oneLine(id).slice(0, 6)
  if (secret === undefined) return change === 'forgotten' ? `secret chat ${short} is erased` : `secret chat ${short}: ${oneLine(change)}, and it is not here any more`
  const name = oneLine(secret.name)
  const it = `the secret chat with ${name}`
  switch (change) {
    case 'asked': return secret.state === 'asked' ? `${name} asks you for a secret chat: petrel secret accept ${short}` : `${name} asked you for a secret chat`
    case 'accepted': return `${name} has accepted your secret chat: petrel secret send ${short} TEXT`
    case 'message': return `${name} wrote in the secret chat: petrel secret show ${short}`
    case 'changed': return `something in ${it} was changed or taken back: petrel secret show ${short}`
    case 'delivered': return `what you said in ${it} is on the other device`
    case 'read': return `${name} has read what you said in the secret chat`
    case 'timer': return `${name} set the timer of the secret chat; it is ${timerText(secret.timer)} now`
    case 'screenshot': return `${name} took a picture of the secret chat`
    case 'lost': return `something that ${name} said in the secret chat can never be read`
    case 'expired': return `the time of something in ${it} was over: it is erased`
    case 'verified': return secret.verified ? `you have compared the code of ${it}` : `the code of ${it} does not count as compared any more`
    case 'closed': return secret.ending === 'elsewhere' ? `${it} was accepted on another device of yours, which has it` : secret.ending === 'here' ? `you have closed ${it}` : `${name} has closed the secret chat: its keys and messages are gone`
    case 'forgotten': return `${it} is erased`
    default: return `${it}: ${oneLine(change)}`
  }
}
