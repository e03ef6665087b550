// all.ts - every command by its name: where it is listed and the keys it has unless its user chose others.

export type Section = 'go' | 'list' | 'conversation' | 'composer' | 'app'

export interface CommandShape {
	readonly section: Section
	readonly keys: readonly string[]
	readonly everywhere?: true // works in fields too: combinations with Mod only
	readonly unlisted?: true // makes no sense from the palette
}

/* The name of a command is also its word's key: commands.<section>.<name after the dot>. */
export const commands = {
	'go.search': { section: 'go', keys: ['/'] },
	'go.mine': { section: 'go', keys: ['1'] },
	'go.unassigned': { section: 'go', keys: ['2'] },
	'go.all': { section: 'go', keys: ['3'] },
	'go.mentions': { section: 'go', keys: ['4'] },
	'go.following': { section: 'go', keys: ['5'] },
	'go.settings': { section: 'go', keys: [] },
	'list.next': { section: 'list', keys: ['j'] },
	'list.previous': { section: 'list', keys: ['k'] },
	'list.select': { section: 'list', keys: ['x'] },
	'list.selectAll': { section: 'list', keys: [] },
	'list.apply': { section: 'list', keys: ['.'] },
	'list.back': { section: 'list', keys: ['u'] },
	'conversation.resolve': { section: 'conversation', keys: ['e'] },
	'conversation.reopen': { section: 'conversation', keys: [] },
	'conversation.pending': { section: 'conversation', keys: [] },
	'conversation.snooze': { section: 'conversation', keys: ['z'] },
	'conversation.assign': { section: 'conversation', keys: ['a'] },
	'conversation.take': { section: 'conversation', keys: ['Shift+a'] },
	'conversation.tag': { section: 'conversation', keys: ['t'] },
	'conversation.priority': { section: 'conversation', keys: ['p'] },
	'conversation.move': { section: 'conversation', keys: ['m'] },
	'conversation.follow': { section: 'conversation', keys: ['f'] },
	'conversation.copy': { section: 'conversation', keys: ['c'] },
	'conversation.customer': { section: 'conversation', keys: ['i'] },
	'composer.reply': { section: 'composer', keys: ['r'] },
	'composer.note': { section: 'composer', keys: ['n'] },
	'composer.send': { section: 'composer', keys: ['Mod+Enter'], everywhere: true, unlisted: true },
	'composer.resolve': { section: 'composer', keys: ['Mod+Shift+Enter'], everywhere: true, unlisted: true },
	'app.palette': { section: 'app', keys: ['Mod+k'], everywhere: true, unlisted: true },
	'app.shortcuts': { section: 'app', keys: ['?'] },
	'app.available': { section: 'app', keys: [] },
	'app.busy': { section: 'app', keys: [] },
	'app.away': { section: 'app', keys: [] },
	'app.theme': { section: 'app', keys: [] },
	'app.signOut': { section: 'app', keys: [] },
} as const satisfies Record<string, CommandShape>

export type CommandId = keyof typeof commands

export const commandIds = Object.keys(commands).filter((id): id is CommandId => id in commands)

export const shapeOf = (id: CommandId): CommandShape => commands[id]
