// A signature lives minutes, a film longer: when the address has run out, fetch a fresh one and go on where it was.

const LEAST_BETWEEN_MS = 5000;

export function renewWhenExpired(media) {
  let last = 0;
  media.addEventListener("error", async () => {
    const now = Date.now();
    // A second error at once is not an expiry: another address would not help.
    if (now - last < LEAST_BETWEEN_MS) return;
    last = now;
    const { currentTime, paused } = media;
    const response = await fetch(media.dataset.renew, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) return;
    const { url } = await response.json();
    media.src = url;
    media.currentTime = currentTime;
    if (!paused) media.play().catch(() => {});
  });
}
