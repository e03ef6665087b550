// messages.en.ts - all words, put together from one file an area.
import channels from './channels.en.json'
import common from './common.en.json'
import composer from './composer.en.json'
import customer from './customer.en.json'
import inbox from './inbox.en.json'
import search from './search.en.json'
import settings from './settings.en.json'
import setup from './setup.en.json'
import shell from './shell.en.json'
import signIn from './sign-in.en.json'
import thread from './thread.en.json'
import ui from './ui.en.json'

export default { ...channels, ...common, ...composer, ...customer, ...inbox, ...search, ...settings, ...setup, ...shell, ...signIn, ...thread, ...ui }
