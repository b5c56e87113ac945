/** `petrel verify`. */
import { badInput } from '../failure.js'
import type { Handler } from '../command.js'
import { oneLine } from '../terminal/safe-text.js'

const GROUPS_PER_LINE = 4

/** The digits in lines of four groups. */
function digitLines (digits: string): string[] {
  const groups = digits.replace(/\D/g, '').match(/\d{1,5}/g) ?? []
  return Array.from({ length: Math.ceil(groups.length / GROUPS_PER_LINE) }, (_, i) => `  ${groups.slice(i * GROUPS_PER_LINE, (i + 1) * GROUPS_PER_LINE).join(' ')}`)
}

/** Shows the safety number, and settles whether it was compared. */
export const verify: Handler = async ({ out, propose, signal, withPetrel }, input) => {
  const [confirm, unconfirm] = [input.flag('confirm'), input.flag('unconfirm')]
  if (confirm && unconfirm) throw badInput('--confirm and --unconfirm say opposite things: give one')
  const contact = input.argument('contact')
  const safetyNumber = await withPetrel(async petrel => {
    if (confirm || unconfirm) await petrel.setVerified(contact, confirm, { signal })
    return await petrel.safetyNumber(contact, { signal })
  })
  await out.result({ safetyNumber }, () => [
    `${oneLine(safetyNumber.name)}: ${safetyNumber.verified ? 'verified' : 'not verified'}`,
    ...digitLines(safetyNumber.digits)
  ])
  if (!safetyNumber.verified) await out.note(`Compare the digits with theirs. If they are the same: ${propose('verify CONTACT --confirm')}`)
  return undefined
}
