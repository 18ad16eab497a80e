import type { BrowserContext, Page } from "@playwright/test";

/** Hears when a text that should only be read did something: ran, asked for an address, or opened a dialog. */
export class Canary {
  /** What happened, in order. */
  readonly sung: string[] = [];

  /** Listens to every page of a browser, from its next load on. */
  async listenTo(context: BrowserContext): Promise<void> {
    await context.exposeFunction("canary", () => void this.sung.push("it ran"));
    // Nothing of it may leave the machine.
    await context.route(({ hostname }) => hostname === "canary.invalid", (route) => route.abort());
    context.on("request", (request) => {
      if (new URL(request.url()).hostname === "canary.invalid") this.sung.push(`it asked for ${request.url()}`);
    });
    context.on("dialog", (dialog) => {
      this.sung.push(`it opened: ${dialog.message()}`);
      // The page may be gone already.
      void dialog.dismiss().catch(() => {});
    });
  }
}

/** Elements of the page, or of a part of it, that no page of ours has: what a text became that was taken for markup. */
export function intruders(page: Page): Promise<string[]> {
  return page.evaluate(intrudersIn, undefined);
}

/** Runs in the page, so that it may use nothing from here. */
export function intrudersIn(part: ParentNode = document): string[] {
  const foreign = "applet,area,audio,base,embed,frame,frameset,iframe,image,img,marquee,math,object,picture,plaintext,video,xmp";
  const isForeign = (element: Element) =>
    element.matches(foreign) ||
    (element.matches("meta") && element.getAttribute("http-equiv") !== null) ||
    [...element.attributes].some(({ name, value }) => {
      if (/^on|canary|^srcdoc$|^ping$/.test(name)) return true;
      // Browsers pass over these.
      const address = value.replace(/[\u0000-\u0020]/g, "").toLowerCase();
      const leads = /^(xlink:)?href$|^src|^action$|^formaction$|^data$|^poster$|^values$/.test(name);
      return leads && /^(javascript|vbscript|data):|^([a-z]+:)?[/\\]{2}canary/.test(address);
    }) ||
    (element.matches("style, [style]") && /canary/.test(element.outerHTML));
  const scripts = [...part.querySelectorAll("script")].filter(({ textContent, src, nonce }) => {
    const isBare = !nonce && /^[^"']*canary\(/.test(textContent ?? "");
    return isBare || /canary/.test(src);
  });
  return [...[...part.querySelectorAll("*")].filter(isForeign), ...scripts].map((one) => one.outerHTML.slice(0, 200));
}
