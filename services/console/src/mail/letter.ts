// letter.ts - what passes between the console and the frame that shows a mail: this goes in, a height comes out.

export interface Colours {
	ink: string
	muted: string
	line: string
	hover: string
	focus: string
}

export interface Letter {
	html: string
	quote: string | null // the end of html that quotes earlier mails, if that is known
	inline: Readonly<Record<string, string>> // addresses of the mail's own images, by Content-ID
	proxy: string | null // where remote images are had, with ?url=
	images: boolean // whether they are wanted
	theme: 'light' | 'dark'
	colours: Colours
	words: { lang: string; showQuote: string; hideQuote: string; image: string }
}

export interface Extent {
	height: number
}
