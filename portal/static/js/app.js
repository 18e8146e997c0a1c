// Every behaviour of the portal: one small file each, started once; they listen on the document, so fragments need no wiring.
import "./controllers/theme.js";
import "./controllers/palette.js";
import "./controllers/shortcuts.js";
import "./controllers/stepper.js";
import "./controllers/autosave.js";
import "./controllers/upload.js";
import "./controllers/dialog.js";
import "./controllers/menu.js";
import "./controllers/toast.js";
import "./controllers/reveal.js";
import "./controllers/copy.js";
import "./controllers/print.js";
import "./controllers/rows.js";
import "./controllers/celebrate.js";
import "./controllers/plan_text.js";
import "./controllers/studio.js";
import "./controllers/percent.js";
