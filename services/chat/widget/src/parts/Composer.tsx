/* Composer.tsx - where the visitor writes; files by button, drag and paste. The draft stays over a reload. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useShared } from '../App'
import { hasEnded } from '../apply'
import { send } from '../api'
import { newId } from '../uuid'
import type { Upload } from '../wire'
import { isTouch } from './touch'
import { Icon } from './Icon'

const TEXT_MAX = 10_000
const FILE_MAX = 10 * 1024 * 1024
const FILES_MAX = 5
interface Tray {
	key: string
	name: string
	part: number
	made: Upload | null
}

export function Composer() {
	const { store, w } = useShared()
	const [text, setText] = useState(store.draft)
	const [tray, setTray] = useState<Tray[]>([])
	const [error, setError] = useState<string | null>(null)
	const [isOver, setOver] = useState(false)
	const area = useRef<HTMLTextAreaElement>(null)
	const picker = useRef<HTMLInputElement>(null)
	const left = TEXT_MAX - [...text].length
	const mayAttach = store.state.session?.settings.attachments === true
	const isReady = (text.trim() !== '' || tray.length > 0) && left >= 0 && tray.every((file) => file.made)

	useLayoutEffect(() => {
		const box = area.current
		if (!box) return
		box.style.height = 'auto'
		box.style.height = `${Math.min(box.scrollHeight + 2, 140)}px`
	}, [text])
	useEffect(() => {
		if (store.ui.isOpen && !isTouch()) area.current?.focus()
	}, [store.ui.isOpen])

	function put(next: string): void {
		setText(next)
		store.draft = next
		if (next.trim() !== '') store.typing()
	}
	function submit(): void {
		if (!isReady) return
		store.write(text.trim(), tray.flatMap((file) => file.made ?? []))
		setText('')
		setTray([])
		setError(null)
		store.draft = ''
		area.current?.focus()
	}
	function onKeyDown(e: KeyboardEvent): void {
		if (e.key !== 'Enter' || e.shiftKey || e.isComposing || (isTouch() && !e.ctrlKey && !e.metaKey)) return
		e.preventDefault()
		submit()
	}
	function take(files: Iterable<File>): void {
		setError(null)
		for (const file of [...files].slice(0, FILES_MAX - tray.length)) {
			if (file.size > FILE_MAX) setError(w.t('file.too_big', { name: file.name }))
			else void upload(file)
		}
	}
	async function upload(file: File): Promise<void> {
		const key = newId()
		const change = (to: Partial<Tray>): void => setTray((all) => all.map((one) => (one.key === key ? { ...one, ...to } : one)))
		setTray((all) => [...all, { key, name: file.name, part: 0, made: null }])
		try {
			change({ made: await send(file, store.sessionToken, (part) => change({ part })), part: 1 })
		} catch {
			setTray((all) => all.filter((one) => one.key !== key))
			setError(w.t('file.failed', { name: file.name }))
		}
	}
	function onPaste(e: ClipboardEvent): void {
		const files = e.clipboardData?.files
		if (!mayAttach || !files?.length) return
		e.preventDefault()
		take(files)
	}
	const drag = mayAttach && {
		onDragOver: (e: DragEvent) => { e.preventDefault(); setOver(true) },
		onDragLeave: () => setOver(false),
		onDrop: (e: DragEvent) => { e.preventDefault(); setOver(false); take(e.dataTransfer?.files ?? []) },
	}
	return (
		<form class={`composer${isOver ? ' over' : ''}`} {...drag} onSubmit={(e) => { e.preventDefault(); submit() }}>
			{tray.length > 0 && (
				<ul class="tray">
					{tray.map((file) => (
						<li key={file.key}>
							<bdi>{file.made ? file.name : w.t('file.uploading', { name: file.name, percent: w.percent(file.part) })}</bdi>
							<button type="button" class="tool" aria-label={w.t('file.remove', { name: file.name })}
								onClick={() => { setTray(tray.filter((one) => one !== file)); area.current?.focus() }}><Icon name="close" /></button>
						</li>
					))}
				</ul>
			)}
			{error && <p class="error" role="alert">{error}</p>}
			<div class="box">
				<textarea ref={area} rows={1} dir="auto" value={text} aria-label={w.t('composer.label')} enterkeyhint="send"
					placeholder={isOver ? w.t('composer.drop') : w.t(hasEnded(store.state) ? 'composer.again' : 'composer.placeholder')}
					onInput={(e) => put(e.currentTarget.value)} onKeyDown={onKeyDown} onPaste={onPaste} />
				{mayAttach && (
					<button type="button" class="tool" aria-label={w.t('composer.attach')} onClick={() => picker.current?.click()}><Icon name="attach" /></button>
				)}
				<button type="submit" class="send" aria-label={w.t('composer.send')} aria-disabled={!isReady}><Icon name="send" /></button>
			</div>
			<input ref={picker} type="file" multiple hidden onChange={(e) => { take(e.currentTarget.files ?? []); e.currentTarget.value = '' }} />
			{left < TEXT_MAX / 5 && (
				<p class={left < 0 ? 'error' : 'hint'} role="status">
					{left < 0 ? w.t('composer.over', { n: -left }) : w.t('composer.left', { n: left })}
				</p>
			)}
		</form>
	)
}
