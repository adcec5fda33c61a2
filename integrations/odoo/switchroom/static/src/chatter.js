/** Numbers in the text of messages become "tel:" links, which call. */
import { Message } from "@mail/core/common/message";
import { patch } from "@web/core/utils/patch";
import { session } from "@web/session";

/** With the country's code in front: digits that may be anything else are left alone. */
const NUMBER = /(?:\+|\b00)[1-9][0-9 ().\/\u00a0-]{5,22}[0-9]/g;
const NOT_INSIDE = "a, button, input, textarea, code, pre, script, style";

/** The number to dial, of one as it was written; null when it is none. */
export function dialled(written) {
    const digits = written.replace(/\(0\)/, "").replace(/^00/, "+").replace(/[^0-9+]/g, "");
    return /^\+[1-9][0-9]{6,14}$/.test(digits) ? digits : null;
}

export function linkNumbers(root) {
    const texts = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const { nodeValue, parentElement } = walker.currentNode;
        if (nodeValue.length > 6 && !parentElement?.closest(NOT_INSIDE)) {
            texts.push(walker.currentNode);
        }
    }
    for (const text of texts) {
        for (const match of [...text.nodeValue.matchAll(NUMBER)].reverse()) {
            const number = dialled(match[0]);
            if (!number) {
                continue;
            }
            const after = text.splitText(match.index);
            after.splitText(match[0].length);
            const link = document.createElement("a");
            link.href = `tel:${number}`;
            link.className = "o_switchroom_number";
            after.replaceWith(link);
            link.append(after);
        }
    }
}

patch(Message.prototype, {
    prepareMessageBody(bodyEl) {
        super.prepareMessageBody(bodyEl);
        if (bodyEl && session.switchroom) {
            linkNumbers(bodyEl);
        }
    },
});
