// axe.run on a page, with the contrast of text measured once for each look of text.
//
// Contrast is nine tenths of axe's time. It follows from how a text is painted and from all that is painted below it:
// that is its look. One text of each look is measured. Only what axe settled by that is known from then on, on this
// page and on others: the look is good, or lies on a picture, of which axe says each time that it cannot tell. If it is
// bad, or axe could not tell for another reason or left it out, all texts of the look are measured.
"use strict";

(() => {
    const CONTRAST = "color-contrast";
    const MARK = "data-contrast";
    const CLEAR = "rgba(0, 0, 0, 0)";
    const ELSEWHERE = "elsewhere";
    const FIELDS = "input, select, textarea";
    const IN_FLOW = ["static", "relative", "sticky"];  // pages are looked at from their top, where nothing sticks
    const ON_A_PICTURE = ["bgImage", "bgGradient"];

    // What axe may look at is what carries the mark; nothing else of the rule is changed.
    axe.configure({rules: [{id: CONTRAST, selector: `[${MARK}]`}]});

    /** What an element and all it stands in paint below a text; null where it lies elsewhere than in the flow. */
    function ground(element, known) {
        if (element === null) return "";
        if (known.has(element)) return known.get(element);
        const style = getComputedStyle(element);
        const below = ground(element.parentElement, known);
        const inFlow = IN_FLOW.includes(style.position) && style.transform === "none";
        const own = [];
        if (style.backgroundColor !== CLEAR) own.push(style.backgroundColor);
        if (style.backgroundImage !== "none") own.push(style.backgroundImage);
        if (style.opacity !== "1") own.push(`opacity ${style.opacity}`);
        if (style.filter !== "none") own.push(style.filter);
        if (style.mixBlendMode !== "normal") own.push(style.mixBlendMode);
        const whole = inFlow && below !== null ? [below, ...own].join("|") : null;
        known.set(element, whole);
        return whole;
    }

    /** How a text is painted on its ground. */
    function look(element, number, known) {
        const below = ground(element, known);
        if (below === null) return `${ELSEWHERE} ${number}`;
        const style = getComputedStyle(element);
        const shown = [style.color, style.fontSize, style.fontWeight, style.textShadow, style.webkitTextStroke];
        return [below, ...shown].join("|");
    }

    /** Whether an element has a place on the page; of what is hidden, folded away or beside it axe measures nothing. */
    function isThere(element) {
        const box = element.getBoundingClientRect();
        const hidden = !element.checkVisibility() || (box.width <= 1 && box.height <= 1);
        return !hidden && box.right > 0 && box.bottom > 0;
    }

    /** All elements with text of their own, and fields, by their look. */
    function texts() {
        const found = new Set(document.body.querySelectorAll(FIELDS));
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            if (walker.currentNode.data.trim()) found.add(walker.currentNode.parentElement);
        }
        const byLook = new Map(), known = new Map();
        [...found].filter(isThere).forEach((element, number) => {
            const itsLook = look(element, number, known);
            byLook.set(itsLook, [...(byLook.get(itsLook) ?? []), element]);
        });
        return byLook;
    }

    /** The contrast of these elements: what is wrong, and of which it is settled what axe says. */
    async function measured(elements) {
        if (!elements.length) return {violations: [], settled: new Set()};
        for (const element of elements) element.setAttribute(MARK, "");
        const found = await axe.run({
            runOnly: {type: "rule", values: [CONTRAST]},
            resultTypes: ["violations", "passes", "incomplete"],
            elementRef: true,
        });
        for (const element of elements) element.removeAttribute(MARK);
        const nodes = rules => rules.flatMap(rule => rule.nodes);
        const pictures = nodes(found.incomplete).filter(node => ON_A_PICTURE.includes(node.any[0].data?.messageKey));
        const settled = new Set([...nodes(found.passes), ...pictures].map(node => node.element));
        return {violations: found.violations, settled};
    }

    /** What axe finds; `known` are the looks that it settled elsewhere. Tells which it settled here. */
    window.lookedAtByAxe = async known => {
        const had = new Set(known);
        const fresh = [...texts()].filter(([itsLook]) => !had.has(itsLook));
        const first = await measured(fresh.map(([, elements]) => elements[0]));
        const isSettled = ([, elements]) => first.settled.has(elements[0]);
        const others = await measured(fresh.filter(one => !isSettled(one)).flatMap(([, elements]) => elements.slice(1)));
        // How large a target must be (WCAG 2.2) axe leaves out unless it is asked for.
        const rules = {[CONTRAST]: {enabled: false}, "target-size": {enabled: true}};
        const rest = await axe.run({resultTypes: ["violations"], rules, elementRef: true});
        return {
            settled: fresh.filter(isSettled).map(([itsLook]) => itsLook).filter(one => !one.startsWith(ELSEWHERE)),
            violations: [...rest.violations, ...first.violations, ...others.violations].map(
                one => [one.id, one.nodes.map(node => node.element.outerHTML.slice(0, 120))]
            ),
        };
    };
})();
