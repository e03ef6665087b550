/* Icon.tsx - the widget's own signs, drawn with one stroke. */
const PATHS = {
	close: 'M5 5l10 10M15 5L5 15',
	back: 'M12 4l-6 6 6 6',
	more: 'M10 4.5v.01M10 10v.01M10 15.5v.01',
	send: 'M3.5 10L17 4l-4.5 13-3-5.5zM9.5 11.5L17 4',
	attach: 'M13.5 6.5L7.5 12.5a1.8 1.8 0 0 0 2.5 2.5l6-6a3.5 3.5 0 0 0-5-5L4.5 10.5a5.2 5.2 0 0 0 7.4 7.4l4.6-4.6',
	file: 'M5 2.5h6.5L16 7v10.5H5zM11 2.5V7.5h5',
	mail: 'M2.5 4.5h15v11h-15zM2.5 5l7.5 6 7.5-6',
	down: 'M10 4v11M5.5 10.5L10 15l4.5-4.5',
}

export function Icon({ name }: { name: keyof typeof PATHS }) {
	return (
		<svg class={`icon icon-${name}`} viewBox="0 0 20 20" aria-hidden="true">
			<path d={PATHS[name]} />
		</svg>
	)
}
