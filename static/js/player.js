// Pages with a player: media-chrome's controls around a plain <video> or <audio>.

import "media-chrome";

import { renewWhenExpired } from "./lib/player-renewal.js";

for (const media of document.querySelectorAll("video[data-renew], audio[data-renew]")) renewWhenExpired(media);
