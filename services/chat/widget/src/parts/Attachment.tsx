/* Attachment.tsx - a picture as a picture, anything else as a name to download. */
import { useState } from 'preact/hooks'
import { useShared } from '../App'
import { fileUrl } from '../api'
import type { Attachment as File } from '../wire'
import { Icon } from './Icon'

export function Attachment({ file, token }: { file: File; token: string }) {
	const { w } = useShared()
	const [isShown, setShown] = useState(/^image\/(png|jpeg|gif|webp)$/.test(file.content_type))
	const url = fileUrl(file.url, token)
	const label = w.t('file.download', { name: file.name, size: w.size(file.size) })
	return (
		<a class={isShown ? 'picture' : 'file'} href={url} download={file.name} target="_blank" rel="noopener" aria-label={isShown ? label : undefined}>
			{isShown
				? <img src={url} alt="" loading="lazy" onError={() => setShown(false)} />
				: <><Icon name="file" /><bdi>{file.name}</bdi><span class="meta">{w.size(file.size)}</span></>}
		</a>
	)
}
