// Tells while the connection is away, or takes nothing: the uploader itself waits, and says nothing.

const LOOK_MS = 2000;
const SILENT_MS = 10_000;

export const AWAY = "The connection is away. It goes on by itself once it is back.";
const BACK = "The connection is back. It goes on.";
const SILENT = "Nothing is getting through at the moment; it is tried again.";

/** `rows()` are those under way or broken off; `resume(row)` starts one anew that the uploader gave up. */
export function watchConnection({ rows, resume, announce, summarise }) {
  const tell = (text) => {
    const waiting = rows();
    for (const row of waiting) {
      // One that waits for its turn has nothing to go on with.
      if (text === BACK && row.state === "waiting" && !row.lost) row.show("waiting", "Waiting");
      else row.hold(text);
    }
    if (waiting.length) announce(text);
    summarise();
    return waiting;
  };
  addEventListener("offline", () => tell(AWAY));
  addEventListener("online", () => {
    for (const row of tell(BACK)) if (row.lost) resume(row);
  });
  setInterval(() => {
    if (!navigator.onLine) return;
    const stands = (row) => row.state === "uploading" && row.sent < row.size && row.silentFor > SILENT_MS;
    const silent = rows().filter((row) => stands(row) && row.note !== SILENT);
    for (const row of silent) row.hold(SILENT);
    if (silent.length) summarise();
  }, LOOK_MS);
}
