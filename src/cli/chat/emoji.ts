/** Emoji by names that are typed in a moment. Pure. */

/** Names of what people answer with most. */
export const EMOJI: Readonly<Record<string, string>> = {
  '+1': '👍', '-1': '👎', heart: '❤️', laugh: '😂', wow: '😮', sad: '😢', fire: '🔥', party: '🎉', ok: '👌', thanks: '🙏', eyes: '👀', clap: '👏'
}

/** Words as emoji: names become what they name, the rest stays. */
export function emojiOf (words: string): string[] {
  return words.split(/\s+/).filter(word => word !== '').map(word => {
    const name = word.replace(/^:(.+):$/, '$1')
    return Object.hasOwn(EMOJI, name) ? EMOJI[name] ?? word : word
  })
}
