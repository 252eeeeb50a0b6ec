import { createTheme, Menu, Modal, Tooltip } from '@mantine/core';

/** What is the same of every component. Colours are in styles/tokens.css. */
export const theme = createTheme({
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    // Locking the scroll writes a style element into the page, which the policy forbids; styles/page.css does it.
    // Its <header> would count as that of the page.
    Modal: Modal.extend({
      defaultProps: { lockScroll: false, centered: true, attributes: { header: { role: 'presentation' } } },
    }),
    Menu: Menu.extend({ defaultProps: { shadow: 'md', position: 'bottom-end', withinPortal: true } }),
    Tooltip: Tooltip.extend({ defaultProps: { events: { hover: true, focus: true, touch: true }, multiline: true } }),
  },
});
