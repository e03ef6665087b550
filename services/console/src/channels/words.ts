// words.ts - the channels a conversation went through, in words.
import { useI18n } from 'vue-i18n'
import { channelOf } from './registry'

export function useChannelWords(): (channels: readonly string[]) => string {
	const { t, locale } = useI18n()
	return (channels) => {
		const names = channels.map((channel) => t(`channels.${channelOf(channel).key}`))
		return names.length > 1 ? t('channels.through', { channels: new Intl.ListFormat(locale.value, { type: 'unit' }).format(names) }) : names.join('')
	}
}
