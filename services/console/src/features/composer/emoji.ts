// emoji.ts - the signs offered, with their names in both languages to search by and to read out.

/* sign, English, Spanish; a line is a group */
const table = `
smileys: 😀 grinning|sonriente; 😃 happy|feliz; 😄 laughing eyes|ojos risueños; 😁 beaming|radiante; 😅 relieved sweat|alivio; 😂 tears of joy|lágrimas de risa; 🙂 smile|sonrisa; 🙃 upside down|al revés; 😉 wink|guiño; 😊 blushing|sonrojada; 😍 heart eyes|ojos de corazón; 🥰 loved|enamorada; 😎 sunglasses|gafas de sol; 🤩 star struck|asombrada; 🤔 thinking|pensativa; 🤨 raised eyebrow|ceja levantada; 😐 neutral|neutral; 😬 grimace|mueca; 😮 surprised|sorpresa; 😕 confused|confusa; 😟 worried|preocupada; 😢 crying|llorando; 😭 sobbing|llanto; 😡 angry|enfado; 😴 asleep|dormida; 🤗 hug|abrazo; 🤞 fingers crossed|dedos cruzados; 🥳 party|fiesta; 😇 angel|ángel; 🤦 facepalm|palma en la cara; 🤷 shrug|encogerse de hombros; 🙈 see no evil|mono que no ve
hands: 👍 thumbs up|pulgar arriba; 👎 thumbs down|pulgar abajo; 👌 OK hand|mano OK; ✌️ victory|victoria; 🤝 handshake|apretón de manos; 🙏 please, thank you|por favor, gracias; 👏 clapping|aplauso; 🙌 raised hands|manos en alto; 👋 waving|saludo; 💪 strong|fuerza; 👀 eyes|ojos; 👉 pointing|señalando; ✍️ writing|escribiendo; 🫶 heart hands|manos de corazón
hearts: ❤️ red heart|corazón rojo; 🧡 orange heart|corazón naranja; 💛 yellow heart|corazón amarillo; 💚 green heart|corazón verde; 💙 blue heart|corazón azul; 💜 purple heart|corazón morado; 💔 broken heart|corazón roto; ✨ sparkles|destellos; ⭐ star|estrella; 🔥 fire|fuego; 🎉 celebration|celebración; 🎁 gift|regalo; 🎂 cake|tarta; 🌞 sun|sol; 🌈 rainbow|arcoíris; 🌧️ rain|lluvia; ❄️ snow|nieve; 🌷 flower|flor; ☕ coffee|café; 🍕 pizza|pizza
work: 📦 parcel|paquete; 🚚 delivery truck|camión de reparto; ✈️ plane|avión; 🏠 house|casa; 🏬 shop|tienda; 🛒 shopping cart|carrito; 🛍️ shopping bags|bolsas de compra; 💳 card|tarjeta; 💶 euros|euros; 🧾 receipt|recibo; 📧 e-mail|correo; 📞 telephone|teléfono; 📱 mobile|móvil; 💬 speech|mensaje; 💻 laptop|portátil; 📎 paper clip|clip; 📄 document|documento; 📅 calendar|calendario; ⏰ alarm clock|despertador; ⏳ hourglass|reloj de arena; 🔍 search|lupa; 🔗 link|enlace; 🔒 locked|cerrado; 🔑 key|llave; 🔧 wrench|llave inglesa; ⚙️ gear|engranaje; 💡 idea|idea; 📈 rising|en alza; 📉 falling|en baja; 📌 pin|chincheta
signs: ✅ done|hecho; ☑️ ticked|marcado; ❌ no|no; ❗ exclamation|exclamación; ❓ question|pregunta; ⚠️ warning|aviso; ℹ️ information|información; 🆗 OK|OK; 🆕 new|nuevo; 🔄 again|de nuevo; ➡️ right|derecha; ⬅️ left|izquierda; ⬆️ up|arriba; ⬇️ down|abajo; 🟢 green|verde; 🟡 yellow|amarillo; 🔴 red|rojo; 💯 hundred|cien; 🚫 forbidden|prohibido; ♻️ recycling|reciclaje`

export interface Emoji {
	readonly sign: string
	readonly en: string
	readonly es: string
}
export interface EmojiGroup {
	readonly name: 'smileys' | 'hands' | 'hearts' | 'work' | 'signs'
	readonly emoji: readonly Emoji[]
}
const NAMES: readonly EmojiGroup['name'][] = ['smileys', 'hands', 'hearts', 'work', 'signs']

export const groups: readonly EmojiGroup[] = NAMES.map((name) => {
	const line = table.split('\n').find((one) => one.startsWith(`${name}: `)) ?? ''
	const emoji = line.slice(name.length + 2).split('; ').map((entry) => {
		const [, sign = '', en = '', es = ''] = /^(\S+) ([^|]+)\|(.+)$/.exec(entry) ?? []
		return { sign, en, es }
	})
	return { name, emoji }
})

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

/* Those whose name has a word that begins so, in either language. */
export function searched(query: string): Emoji[] {
	const wanted = plain(query.trim())
	return groups.flatMap((group) => group.emoji).filter(({ en, es }) => [en, es].some((name) => ` ${plain(name)}`.includes(` ${wanted}`)))
}
