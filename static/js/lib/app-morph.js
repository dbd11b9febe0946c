// What a person has opened stays open while the page around it is drawn anew every few seconds.
import htmx from "htmx.org";

export function keepOpened() {
  htmx.registerExtension("keep-opened", {
    htmx_before_morph_attr: (element, { attrName }) => !(element.tagName === "DETAILS" && attrName === "open"),
  });
}
