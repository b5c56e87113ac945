/** Help that fits the terminal: lines break between words, at any width. */
import { Help, type Argument, type Command, type Option } from 'commander'
import { EXIT_MEANING } from './exit-codes.js'

/** Columns that a description needs beside its term; with fewer it stands below it. */
const BESIDE = 36
const GAP = 2
/** Where a description below its term begins. */
const BELOW = 6

/** Commander's layout with what it lacks in narrow terminals: there it wraps no descriptions and no usage. */
export const helpLayout: Partial<Help> = {
  // Commander stops to wrap below this width, and then the terminal breaks words.
  minWidthToWrap: 1,
  // What is put in is written in capitals, as pages and messages have it.
  argumentTerm (argument: Argument): string { return argument.name().toUpperCase() },
  optionTerm ({ flags }: Option): string { return capitals(flags) },
  subcommandTerm (this: Help, command: Command): string { return capitals(Help.prototype.subcommandTerm.call(this, command)) },
  commandUsage (this: Help, command: Command): string { return capitals(Help.prototype.commandUsage.call(this, command)) },
  styleUsage (this: Help, text: string): string { return flow(text, this.helpWidth ?? 80, 'Usage: '.length) },
  formatItem (term: string, termWidth: number, description: string, helper: Help): string {
    const columns = helper.helpWidth ?? 80
    if (description === '' || columns - termWidth - 2 * GAP >= BESIDE) return Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
    return `${' '.repeat(GAP)}${flow(term, columns, 2 * GAP)}\n${' '.repeat(BELOW)}${flow(description, columns, BELOW)}`
  }
}

/** `<chat> [text]` as `CHAT [TEXT]`. */
export function capitals (usage: string): string {
  return usage.replace(/<([\w-]+)(\.{3})?>/g, (_, name: string, more = '') => name.toUpperCase() + String(more))
    .replace(/\[(?!options\]|command\])([\w-]+)(\.{3})?\]/g, (_, name: string, more = '') => `[${name.toUpperCase()}${String(more)}]`)
}

/** The text in lines of at most `columns`, broken between words; all but the first begin with `indent` blanks, and the first has room for them. */
function flow (text: string, columns: number, indent: number): string {
  return broken(text.split(' '), Math.max(1, columns - indent)).join(`\n${' '.repeat(indent)}`)
}

/** Words in lines of at most `width`; a longer word has a line of its own. */
function broken (words: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width) lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** The exit codes, in lines of at most `columns`. */
export function exitCodeLines (columns: number): string[] {
  return Object.entries(EXIT_MEANING).flatMap(([code, meaning]) => `  ${code.padStart(3)}  ${flow(meaning, columns, 7)}`.split('\n'))
}

/** Command lines that work, with what they do. One that is too long goes on behind a backslash, as a shell reads it. */
export function examplesHelp (examples: readonly (readonly [string, string])[], columns: number): string {
  const indent = ' '.repeat(BELOW)
  const shown = ([line, what]: readonly [string, string]): string => {
    const words = line.match(/(?:[^\s'"]|'[^']*'|"[^"]*")+/gu) ?? []
    const lines = line.length + GAP <= columns ? [line] : broken(words, Math.max(1, columns - BELOW - ' \\'.length))
    return `  ${lines.join(` \\\n${indent}`)}\n${indent}${flow(what, columns, BELOW)}`
  }
  return ['', 'Examples:', ...examples.map(shown)].join('\n')
}
