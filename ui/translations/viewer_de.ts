<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
    <context>
        <name>viewer</name>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Open…</source>
            <translation>Öffnen …</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Open pictures: PNG, JPEG, WebP, TIFF, AVIF, PSD, ORA, KRA</source>
            <translation>Bilder öffnen: PNG, JPEG, WebP, TIFF, AVIF, PSD, ORA, KRA</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Paste as New Picture</source>
            <translation>Als neues Bild einfügen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Open what is on the clipboard</source>
            <translation>Öffnen, was in der Zwischenablage liegt</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Save</source>
            <translation>Speichern</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Save the layers as PSD or ORA</source>
            <translation>Die Ebenen als PSD oder ORA speichern</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Save As…</source>
            <translation>Speichern unter …</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Save as PSD, ORA or a folder of PNGs</source>
            <translation>Als PSD, ORA oder Ordner mit PNGs speichern</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Copy Layer</source>
            <translation>Ebene kopieren</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Put the chosen layer on the clipboard</source>
            <translation>Die gewählte Ebene in die Zwischenablage legen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Copy What Is Shown</source>
            <translation>Ansicht kopieren</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Copy the picture as shown</source>
            <translation>Das Bild so kopieren, wie es zu sehen ist</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Open in Krita</source>
            <translation>In Krita öffnen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Send the layers to Krita</source>
            <translation>Die Ebenen an Krita geben</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Open in GIMP</source>
            <translation>In GIMP öffnen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Send the layers to GIMP</source>
            <translation>Die Ebenen an GIMP geben</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Close Picture</source>
            <translation>Bild schließen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Quit</source>
            <translation>Beenden</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Undo</source>
            <translation>Rückgängig</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Redo</source>
            <translation>Wiederholen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Clear Marked Area</source>
            <translation>Markierung aufheben</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Mark nothing</source>
            <translation>Nichts markieren</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/dialog.py" />
            <source>Decompose</source>
            <translation>Zerlegen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Take the picture apart</source>
            <translation>Das Bild in Ebenen zerlegen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Decompose All Open Pictures</source>
            <translation>Alle offenen Bilder zerlegen</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>Cancel</source>
            <translation>Abbrechen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Stop taking this picture apart</source>
            <translation>Das Zerlegen dieses Bildes beenden</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Zoom In</source>
            <translation>Vergrößern</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Zoom Out</source>
            <translation>Verkleinern</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Fit to Window</source>
            <translation>Einpassen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Show the whole picture</source>
            <translation>Das ganze Bild zeigen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>100 %</source>
            <translation>100 %</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>One screen pixel a picture pixel</source>
            <translation>Ein Bildpunkt je Bildschirmpunkt</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Split</source>
            <translation>Geteilt</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Before and after on two sides of a line</source>
            <translation>Vorher und nachher beiderseits einer Linie</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Background</source>
            <translation>Hintergrund</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>What was behind: the lowest layer alone</source>
            <translation>Was dahinter war: die unterste Ebene allein</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Layers</source>
            <translation>Ebenen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>The layers, stacked</source>
            <translation>Die Ebenen übereinander</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Original</source>
            <translation>Original</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>The picture that came in</source>
            <translation>Das ursprüngliche Bild</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Difference</source>
            <translation>Differenz</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>|recomposed - original| with a gain: black is exact</source>
            <translation>|zusammengesetzt − Original|, verstärkt: Schwarz ist exakt</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Flip Before and After</source>
            <translation>Vorher und nachher wechseln</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Original and background in place</source>
            <translation>Original und Hintergrund an derselben Stelle</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Show Only This Layer</source>
            <translation>Nur diese Ebene zeigen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Show the chosen layer alone</source>
            <translation>Die gewählte Ebene allein zeigen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Show Its Alpha</source>
            <translation>Alpha zeigen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Show the chosen layer's alpha as gray</source>
            <translation>Das Alpha der gewählten Ebene als Grau zeigen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Layer Above</source>
            <translation>Ebene darüber</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Layer Below</source>
            <translation>Ebene darunter</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Show or Hide Layer</source>
            <translation>Ebene ein- oder ausblenden</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Move Layer Up</source>
            <translation>Ebene nach oben</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Move Layer Down</source>
            <translation>Ebene nach unten</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Rename Layer</source>
            <translation>Ebene umbenennen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Delete Layer</source>
            <translation>Ebene löschen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Next Candidate</source>
            <translation>Nächster Kandidat</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Previous Candidate</source>
            <translation>Voriger Kandidat</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Favourite Candidate</source>
            <translation>Kandidat merken</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Keep this candidate in mind</source>
            <translation>Diesen Kandidaten als Favoriten merken</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Next Picture</source>
            <translation>Nächstes Bild</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Previous Picture</source>
            <translation>Voriges Bild</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>History</source>
            <translation>Verlauf</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Earlier decompositions</source>
            <translation>Frühere Zerlegungen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Find a Command…</source>
            <translation>Befehl suchen …</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Search all commands</source>
            <translation>Alle Befehle durchsuchen</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Preferences…</source>
            <translation>Einstellungen …</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>First Page</source>
            <translation>Startseite</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>Examples and recent pictures</source>
            <translation>Beispiele und zuletzt geöffnete Bilder</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>About</source>
            <translation>Über</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>&amp;File</source>
            <translation>&amp;Datei</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>&amp;Edit</source>
            <translation>&amp;Bearbeiten</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>&amp;Picture</source>
            <translation>B&amp;ild</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>&amp;Layer</source>
            <translation>&amp;Ebene</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>&amp;Tools</source>
            <translation>&amp;Werkzeuge</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>&amp;View</source>
            <translation>&amp;Ansicht</translation>
        </message>
        <message>
            <location filename="../../ui/actions.py" />
            <source>&amp;Help</source>
            <translation>&amp;Hilfe</translation>
        </message>
        <message>
            <location filename="../../ui/canvas/select.py" />
            <source>Mark a rectangle</source>
            <translation>Rechteck markieren</translation>
        </message>
        <message>
            <location filename="../../ui/canvas/select.py" />
            <source>Mark a free outline</source>
            <translation>Freihand markieren</translation>
        </message>
        <message>
            <location filename="../../ui/canvas/tool.py" />
            <source>Move the view</source>
            <translation>Ansicht verschieben</translation>
        </message>
        <message>
            <location filename="../../ui/canvas/view.py" />
            <source>Canvas</source>
            <translation>Leinwand</translation>
        </message>
        <message>
            <location filename="../../ui/colour.py" />
            <source>Colour of the foreground</source>
            <translation>Farbe des Vordergrunds</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Candidates</source>
            <translation>Kandidaten</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>Takes flat pictures apart into exact, editable layers. Edit only what you have the right to edit.</source>
            <translation>Zerlegt flache Bilder in exakte, bearbeitbare Ebenen. Bearbeiten Sie nur, wozu Sie das Recht haben.</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>{name} was taken apart.</source>
            <translation>{name} wurde zerlegt.</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>No layer was found in {name}.</source>
            <translation>In {name} wurde keine Ebene gefunden.</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>Choose what the foreground is, or mark where it is (M or L), then decompose again.</source>
            <translation>Wählen Sie, was der Vordergrund ist, oder markieren Sie ihn (M oder L) und zerlegen Sie erneut.</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>Service: not reached</source>
            <translation>Dienst: nicht erreicht</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>in memory: {names}</source>
            <translation>geladen: {names}</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>ready</source>
            <translation>bereit</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>Service: {state}</source>
            <translation>Dienst: {state}</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>Memory free: {size}</source>
            <translation>Freier Speicher: {size}</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>Picture without a name</source>
            <translation>Bild ohne Namen</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>The screen's colour profile cannot be read.</source>
            <translation>Das Farbprofil des Bildschirms ist nicht lesbar.</translation>
        </message>
        <message>
            <location filename="../../ui/controller.py" />
            <source>Choose another in Preferences.</source>
            <translation>Wählen Sie in den Einstellungen ein anderes.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Foreground</source>
            <translation>Vordergrund</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>More</source>
            <translation>Mehr</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Less</source>
            <translation>Weniger</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Match</source>
            <translation>Angleichen</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Recolour</source>
            <translation>Umfärben</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>This belongs to the layer: something of it was missed here (G)</source>
            <translation>Das gehört zur Ebene: Hier wurde etwas davon übersehen (G)</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>This does not belong to the layer: the picture comes back here (E)</source>
            <translation>Das gehört nicht zur Ebene: Hier kommt das Bild zurück (E)</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Take more of the layer off where a ghost of it remains (.)</source>
            <translation>Mehr von der Ebene abnehmen, wo ein Schatten von ihr bleibt (.)</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Take less of it off where it left a hole or a dark trace (,)</source>
            <translation>Weniger abnehmen, wo sie ein Loch oder eine dunkle Spur ließ (,)</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Find how much is right, edges too: paint over a ghost and it goes (T)</source>
            <translation>Das richtige Maß finden, auch an Kanten: Über einen Schatten malen, und er verschwindet (T)</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Give the layer the chosen colour here, and as much of it as the picture shows (R)</source>
            <translation>Der Ebene hier die gewählte Farbe geben, so stark, wie das Bild sie zeigt (R)</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Whole layer</source>
            <translation>Ganze Ebene</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Size</source>
            <translation>Größe</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Hardness</source>
            <translation>Härte</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Amount</source>
            <translation>Menge</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Opacity</source>
            <translation>Deckkraft</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Keep to the picture's edges</source>
            <translation>An Kanten des Bildes halten</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Automatic</source>
            <translation>Automatisch</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>The layer's colour; a click chooses another or goes back to automatic</source>
            <translation>Die Farbe der Ebene; ein Klick wählt eine andere oder kehrt zur automatischen zurück</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Pick the colour of the layer, or where it is not, of the picture (Alt and click)</source>
            <translation>Die Farbe der Ebene nehmen, oder wo sie nicht ist, die des Bildes (Alt und Klick)</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Colour</source>
            <translation>Farbe</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Strength</source>
            <translation>Stärke</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>More or less of the whole layer; the background answers at once</source>
            <translation>Mehr oder weniger von der ganzen Ebene; der Hintergrund folgt sofort</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Find the strength at which no ghost remains</source>
            <translation>Die Stärke finden, bei der kein Schatten bleibt</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Blend type</source>
            <translation>Mischart</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Another blend type; the background stays as it is, as far as that can be</source>
            <translation>Eine andere Mischart; der Hintergrund bleibt, soweit das geht, wie er ist</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>Give It the Chosen Colour</source>
            <translation>Gewählte Farbe geben</translation>
        </message>
        <message>
            <location filename="../../ui/edit/panel.py" />
            <source>auto</source>
            <translation>auto</translation>
        </message>
        <message>
            <location filename="../../ui/edit/tool.py" />
            <source>Correct</source>
            <translation>Korrigieren</translation>
        </message>
        <message>
            <location filename="../../ui/edit/tool.py" />
            <source>Blend Type</source>
            <translation>Mischart</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Unsaved work was kept: {names}</source>
            <translation>Ungespeicherte Arbeit wurde aufbewahrt: {names}</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Close this message to leave it for later.</source>
            <translation>Schließen Sie diese Meldung, um später darauf zurückzukommen.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Bring back</source>
            <translation>Zurückholen</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>That cannot be opened.</source>
            <translation>Das lässt sich nicht öffnen.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Drop a picture or its file.</source>
            <translation>Ziehen Sie ein Bild oder seine Datei hierher.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Open</source>
            <translation>Öffnen</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>There is no picture on the clipboard.</source>
            <translation>In der Zwischenablage liegt kein Bild.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>{name} exists already.</source>
            <translation>{name} gibt es schon.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Save under another name.</source>
            <translation>Speichern Sie unter einem anderen Namen.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Saved {name}.</source>
            <translation>{name} gespeichert.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Copied.</source>
            <translation>Kopiert.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>{name} has layers that are not saved.</source>
            <translation>{name} hat ungespeicherte Ebenen.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Not saved yet: {names}</source>
            <translation>Noch nicht gespeichert: {names}</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Kept pictures are offered at the next start. What is being taken apart goes on by itself.</source>
            <translation>Aufbewahrte Bilder werden beim nächsten Start angeboten. Laufende Zerlegungen gehen von selbst weiter.</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Keep for Next Time</source>
            <translation>Aufbewahren</translation>
        </message>
        <message>
            <location filename="../../ui/file_actions.py" />
            <source>Discard</source>
            <translation>Verwerfen</translation>
        </message>
        <message>
            <location filename="../../ui/notices.py" />
            <source>Close this message</source>
            <translation>Diese Meldung schließen</translation>
        </message>
        <message>
            <location filename="../../ui/opening.py" />
            <source>Pictures</source>
            <translation>Bilder</translation>
        </message>
        <message>
            <location filename="../../ui/opening.py" />
            <source>All files</source>
            <translation>Alle Dateien</translation>
        </message>
        <message>
            <location filename="../../ui/opening.py" />
            <source>Pasted picture {n}</source>
            <translation>Eingefügtes Bild {n}</translation>
        </message>
        <message>
            <location filename="../../ui/palette.py" />
            <source>Find a Command</source>
            <translation>Befehl suchen</translation>
        </message>
        <message>
            <location filename="../../ui/palette.py" />
            <source>What do you want to do?</source>
            <translation>Was möchten Sie tun?</translation>
        </message>
        <message>
            <location filename="../../ui/palette.py" />
            <source>Search commands</source>
            <translation>Befehle durchsuchen</translation>
        </message>
        <message>
            <location filename="../../ui/palette.py" />
            <source>Commands</source>
            <translation>Befehle</translation>
        </message>
        <message>
            <location filename="../../ui/panels/candidates.py" />
            <source>favourite</source>
            <translation>Favorit</translation>
        </message>
        <message>
            <location filename="../../ui/panels/candidates.py" />
            <source>Candidate {n}</source>
            <translation>Kandidat {n}</translation>
        </message>
        <message>
            <location filename="../../ui/panels/candidates.py" />
            <source>{percent} sure</source>
            <translation>{percent} sicher</translation>
        </message>
        <message>
            <location filename="../../ui/panels/candidates.py" />
            <source>covers {percent}</source>
            <translation>bedeckt {percent}</translation>
        </message>
        <message>
            <location filename="../../ui/panels/candidates.py" />
            <source>seed</source>
            <translation>Startwert</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Engine</source>
            <translation>Verfahren</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The method that finds the layers. 'nano' comes with diffdecompose and needs no graphics card.</source>
            <translation>Das Verfahren, das die Ebenen findet. „nano“ gehört zu diffdecompose und braucht keine Grafikkarte.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/engines.py" />
            <source>More engines…</source>
            <translation>Weitere Verfahren …</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>More engines</source>
            <translation>Weitere Verfahren</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>These engines cannot run on this computer as it is.</source>
            <translation>Diese Verfahren können auf diesem Rechner, wie er ist, nicht laufen.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/engines.py" />
            <source>Copy Command</source>
            <translation>Befehl kopieren</translation>
        </message>
        <message>
            <location filename="../../ui/panels/engines.py" />
            <source>Copy the command that fetches {engine}</source>
            <translation>Den Befehl kopieren, der {engine} holt</translation>
        </message>
        <message>
            <location filename="../../ui/panels/history.py" />
            <source>Nothing yet. What you decompose is kept here for a week.</source>
            <translation>Noch nichts. Was Sie zerlegen, bleibt hier eine Woche lang.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/history.py" />
            <source>Delete</source>
            <translation>Löschen</translation>
        </message>
        <message>
            <location filename="../../ui/panels/history.py" />
            <source>waiting</source>
            <translation>wartet</translation>
        </message>
        <message>
            <location filename="../../ui/panels/history.py" />
            <source>running</source>
            <translation>läuft</translation>
        </message>
        <message>
            <location filename="../../ui/panels/history.py" />
            <source>failed</source>
            <translation>fehlgeschlagen</translation>
        </message>
        <message>
            <location filename="../../ui/panels/history.py" />
            <source>cancelled</source>
            <translation>abgebrochen</translation>
        </message>
        <message>
            <location filename="../../ui/panels/inspector.py" />
            <source>Histogram</source>
            <translation>Histogramm</translation>
        </message>
        <message>
            <location filename="../../ui/panels/inspector.py" />
            <source>Colours of the chosen layer where it covers anything; gray: its alpha</source>
            <translation>Farben der gewählten Ebene, wo sie etwas bedeckt; grau: ihr Alpha</translation>
        </message>
        <message>
            <location filename="../../ui/panels/inspector.py" />
            <source>Recomposition error in levels</source>
            <translation>Abweichung in Stufen</translation>
        </message>
        <message>
            <location filename="../../ui/panels/inspector.py" />
            <source>Recomposition error: being measured.</source>
            <translation>Abweichung: wird gemessen.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/inspector.py" />
            <source>Recomposition error: the layers are the original, every pixel.</source>
            <translation>Abweichung: Die Ebenen ergeben das Original, in jedem Bildpunkt.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/inspector.py" />
            <source>Recomposition error: the shown layers differ from the original by so many levels.</source>
            <translation>Abweichung: Um so viele Stufen weichen die gezeigten Ebenen vom Original ab.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/layers.py" />
            <source>Blend type of the layer</source>
            <translation>Mischart der Ebene</translation>
        </message>
        <message>
            <location filename="../../ui/panels/layers.py" />
            <source>Blend type of the layer. To re-solve the layers for another one, use Correct.</source>
            <translation>Mischart der Ebene. Um die Ebenen für eine andere neu zu lösen, dient „Korrigieren“.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/layers.py" />
            <source>Opacity of the layer</source>
            <translation>Deckkraft der Ebene</translation>
        </message>
        <message>
            <location filename="../../ui/panels/layers.py" />
            <source>Opacity of the layer in percent</source>
            <translation>Deckkraft der Ebene in Prozent</translation>
        </message>
        <message>
            <location filename="../../ui/panels/layers.py" />
            <source>Decompose a picture to see its layers here.</source>
            <translation>Zerlegen Sie ein Bild, um hier seine Ebenen zu sehen.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Quality</source>
            <translation>Qualität</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>Ignored</source>
            <translation>Wird nicht beachtet</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>The foreground is here</source>
            <translation>Hier ist der Vordergrund</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>Change only this</source>
            <translation>Nur dies ändern</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>Marked area</source>
            <translation>Markierung</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Prompt</source>
            <translation>Beschreibung</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>optional: the coffee stain</source>
            <translation>zum Beispiel: der Kaffeefleck</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>Seed</source>
            <translation>Startwert</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Not known</source>
            <translation>Nicht bekannt</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>More options</source>
            <translation>Weitere Optionen</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/overlay_box.py" />
            <source>Overlay</source>
            <translation>Überlagerung</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>Live preview</source>
            <translation>Vorschau</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>Progress</source>
            <translation>Fortschritt</translation>
        </message>
        <message>
            <location filename="../../ui/panels/options.py" />
            <source>Asking the service…</source>
            <translation>Der Dienst wird gefragt …</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>{engine} cannot run: {reason}</source>
            <translation>{engine} kann nicht laufen: {reason}</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The foreground itself, where you have it: it is found at any place, size and angle.</source>
            <translation>Der Vordergrund selbst, wo Sie ihn haben: Er wird an jeder Stelle, in jeder Größe und Drehung gefunden.</translation>
        </message>
        <message>
            <location filename="../../ui/panels/overlay.py" />
            <source>From file…</source>
            <translation>Aus einer Datei …</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/overlay_box.py" />
            <source>Layer: {name}</source>
            <translation>Ebene: {name}</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/overlay_box.py" />
            <source>Pictures with transparency</source>
            <translation>Bilder mit Transparenz</translation>
        </message>
        <message>
            <location filename="../../ui/panels/rows.py" />
            <source>visible</source>
            <translation>sichtbar</translation>
        </message>
        <message>
            <location filename="../../ui/panels/rows.py" />
            <source>hidden</source>
            <translation>ausgeblendet</translation>
        </message>
        <message>
            <location filename="../../ui/panels/rows.py" />
            <source>{name}: {width} × {height} at {x}, {y}</source>
            <translation>{name}: {width} × {height} bei {x}, {y}</translation>
        </message>
        <message>
            <location filename="../../ui/panels/rows.py" />
            <source>Move Layer</source>
            <translation>Ebene verschieben</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Preferences</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>As the system</source>
            <translation>Wie das System</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Dark</source>
            <translation>Dunkel</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Light</source>
            <translation>Hell</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Colour profile of the screen</source>
            <translation>Farbprofil des Bildschirms</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Smooth pixels between 100 % and 200 %</source>
            <translation>Glatte Bildpunkte zwischen 100 % und 200 %</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Another language shows after the next start.</source>
            <translation>Eine andere Sprache gilt ab dem nächsten Start.</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Choose…</source>
            <translation>Wählen …</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Theme</source>
            <translation>Erscheinungsbild</translation>
        </message>
        <message>
            <location filename="../../ui/preferences.py" />
            <source>Language</source>
            <translation>Sprache</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>Photoshop document</source>
            <translation>Photoshop-Dokument</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>OpenRaster</source>
            <translation>OpenRaster</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>Folder with a PNG for each layer</source>
            <translation>Ordner mit einem PNG je Ebene</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>Background alone, PNG</source>
            <translation>Nur der Hintergrund, PNG</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>Background alone, TIFF</source>
            <translation>Nur der Hintergrund, TIFF</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>{name} is the file of an open picture and would be lost.</source>
            <translation>{name} ist die Datei eines geöffneten Bildes und ginge verloren.</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>{host} was not found on this computer.</source>
            <translation>{host} wurde auf diesem Rechner nicht gefunden.</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>Install it, or save the layers as a file and open that.</source>
            <translation>Installieren Sie es, oder speichern Sie die Ebenen und öffnen Sie die Datei.</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>{host} opens the layers.</source>
            <translation>{host} öffnet die Ebenen.</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>{program} did not start.</source>
            <translation>{program} startete nicht.</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>Start it once by hand.</source>
            <translation>Starten Sie es einmal von Hand.</translation>
        </message>
        <message>
            <location filename="../../ui/saving.py" />
            <source>there are no layers to save: decompose the picture first</source>
            <translation>Es gibt keine Ebenen zum Speichern: Zerlegen Sie das Bild zuerst</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>Service: not asked yet</source>
            <translation>Dienst: noch nicht gefragt</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>State of the service</source>
            <translation>Zustand des Dienstes</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>Zoom</source>
            <translation>Zoom</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>Zoom: screen pixels a picture pixel</source>
            <translation>Zoom: Bildschirmpunkte je Bildpunkt</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>Gain × </source>
            <translation>Faktor × </translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>Gain of the difference</source>
            <translation>Verstärkung der Differenz</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>How much the difference view is amplified</source>
            <translation>Wie sehr die Differenz verstärkt wird</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>with profile</source>
            <translation>mit Profil</translation>
        </message>
        <message>
            <location filename="../../ui/status.py" />
            <source>sRGB assumed</source>
            <translation>sRGB angenommen</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Tiled watermark</source>
            <translation>Wasserzeichen</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Text over the whole picture</source>
            <translation>Text über dem ganzen Bild</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Fog</source>
            <translation>Nebel</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>A haze becomes a layer</source>
            <translation>Ein Schleier wird zur Ebene</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Rain</source>
            <translation>Regen</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Streaks of light</source>
            <translation>Helle Streifen</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>First page</source>
            <translation>Startseite</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Take a picture apart</source>
            <translation>Ein Bild zerlegen</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Watermark, fog, rain, glare: out of one flat picture come layers that stack to it exactly.</source>
            <translation>Wasserzeichen, Nebel, Regen, Reflexe: Aus einem flachen Bild werden Ebenen, die es exakt ergeben.</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Open a picture…</source>
            <translation>Bild öffnen …</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>or drop it here, or paste it — or try one of these:</source>
            <translation>oder hierher ziehen, oder einfügen – oder eines von diesen versuchen:</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Recent</source>
            <translation>Zuletzt geöffnet</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Example: {title}</source>
            <translation>Beispiel: {title}</translation>
        </message>
        <message>
            <location filename="../../ui/welcome.py" />
            <source>Open and decompose this example</source>
            <translation>Dieses Beispiel öffnen und zerlegen</translation>
        </message>
        <message>
            <location filename="../../ui/window.py" />
            <source>Open Recent</source>
            <translation>Zuletzt geöffnet</translation>
        </message>
        <message>
            <location filename="../../ui/window.py" />
            <source>Open pictures</source>
            <translation>Offene Bilder</translation>
        </message>
        <message>
            <location filename="../../ui/window.py" />
            <source>Tool</source>
            <translation>Werkzeug</translation>
        </message>
        <message>
            <location filename="../../ui/window.py" />
            <source>Tool bar</source>
            <translation>Werkzeugleiste</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Cancelled.</source>
            <translation>Abgebrochen.</translation>
        </message>
        <message>
            <location filename="../../ui/words.py" />
            <source>The picture was not changed.</source>
            <translation>Das Bild wurde nicht verändert.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The diffdecompose service is not installed for this user.</source>
            <translation>Der Dienst diffdecompose ist für diesen Benutzer nicht installiert.</translation>
        </message>
        <message>
            <location filename="../../ui/words.py" />
            <source>Run 'diffdecompose serve' once in a terminal, then try again.</source>
            <translation>Führen Sie einmal „diffdecompose serve“ in einem Terminal aus und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Choose a lower quality or the engine 'nano'</source>
            <translation>Wählen Sie eine geringere Qualität oder das Verfahren „nano“</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>There is not enough memory for this picture.</source>
            <translation>Der Speicher reicht für dieses Bild nicht.</translation>
        </message>
        <message>
            <location filename="../../ui/words.py" />
            <source>Close other pictures and try again.</source>
            <translation>Schließen Sie andere Bilder und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <location filename="../../ui/words.py" />
            <source>Check the disk and the folder, then try again.</source>
            <translation>Prüfen Sie Datenträger und Ordner und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <location filename="../../ui/words.py" />
            <source>Something went wrong inside the viewer: {error}</source>
            <translation>Im Betrachter ist etwas schiefgegangen: {error}</translation>
        </message>
        <message>
            <location filename="../../ui/words.py" />
            <source>Nothing was lost. Please report this; 'diffdecompose doctor --zip' collects what helps.</source>
            <translation>Nichts ging verloren. Bitte melden Sie es; „diffdecompose doctor --zip“ sammelt, was hilft.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Normal</source>
            <translation>Normal</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Multiply</source>
            <translation>Multiplizieren</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Screen</source>
            <translation>Negativ multiplizieren</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Add</source>
            <translation>Addieren</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Normal (watermark, stain, object)</source>
            <translation>Normal (Wasserzeichen, Fleck, Gegenstand)</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Multiply (shadow, X-ray, ink)</source>
            <translation>Multiplizieren (Schatten, Röntgenbild, Tinte)</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Screen (haze, reflection)</source>
            <translation>Negativ multiplizieren (Dunst, Spiegelung)</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Add (flare, light)</source>
            <translation>Addieren (Blendenfleck, Licht)</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Watermark or text</source>
            <translation>Wasserzeichen oder Text</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Fog or smoke</source>
            <translation>Nebel oder Rauch</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Snow</source>
            <translation>Schnee</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Lens flare or light</source>
            <translation>Blendenfleck oder Licht</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>X-ray tissue or shadow</source>
            <translation>Röntgengewebe oder Schatten</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Cells</source>
            <translation>Zellen</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Glass or reflection</source>
            <translation>Glas oder Spiegelung</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Watermark</source>
            <translation>Wasserzeichen</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Lens flare</source>
            <translation>Blendenfleck</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Shadow</source>
            <translation>Schatten</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Glass</source>
            <translation>Glas</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Fast</source>
            <translation>Schnell</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Best</source>
            <translation>Beste</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Starting</source>
            <translation>Beginnt</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Finding the service</source>
            <translation>Der Dienst wird gesucht</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Sending the picture</source>
            <translation>Das Bild wird gesendet</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Waiting in the queue</source>
            <translation>Wartet in der Schlange</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Loading the engine</source>
            <translation>Verfahren wird geladen</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Reading the prompt</source>
            <translation>Prompt wird gelesen</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Looking for layers</source>
            <translation>Ebenen werden gesucht</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Solving at full size</source>
            <translation>Wird in voller Größe gelöst</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Keeping the result</source>
            <translation>Ergebnis wird abgelegt</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Fetching the layers</source>
            <translation>Die Ebenen werden geholt</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Inserting the layers</source>
            <translation>Die Ebenen werden eingefügt</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Writing the layered file</source>
            <translation>Die Datei mit Ebenen wird geschrieben</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>A small network that comes with diffdecompose.</source>
            <translation>Ein kleines Netz, das mit diffdecompose kommt.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Methods without training, for fog, rain and marked areas.</source>
            <translation>Verfahren ohne Training, für Nebel, Regen und markierte Stellen.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>DiffDecompose, the method of the paper, on FLUX.1 [dev].</source>
            <translation>DiffDecompose, das Verfahren der Veröffentlichung, auf FLUX.1 [dev].</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Qwen-Image-Layered: splits a picture into several objects.</source>
            <translation>Qwen-Image-Layered: teilt ein Bild in mehrere Objekte.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>in memory</source>
            <translation>geladen</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>loading</source>
            <translation>lädt</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>too little memory</source>
            <translation>zu wenig Speicher</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>needs a download</source>
            <translation>muss geladen werden</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>not available</source>
            <translation>nicht verfügbar</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>high</source>
            <translation>hoch</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>medium</source>
            <translation>mittel</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>low</source>
            <translation>gering</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Weights {name}: {size} GB. Licence: {licence}.</source>
            <translation>Gewichte {name}: {size} GB. Lizenz: {licence}.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>They are on this computer.</source>
            <translation>Sie sind auf diesem Rechner.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Needs an NVIDIA graphics card with at least {n} GB.</source>
            <translation>Braucht eine NVIDIA-Grafikkarte mit mindestens {n} GB.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>What is missing: {detail}</source>
            <translation>Was fehlt: {detail}</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>To fetch it, type in a terminal:</source>
            <translation>Um es zu holen, in ein Terminal eingeben:</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>almost done</source>
            <translation>fast fertig</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>about {n} s left</source>
            <translation>noch etwa {n} s</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>about {n} min left</source>
            <translation>noch etwa {n} min</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>under 1 %</source>
            <translation>unter 1 %</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>You asked for {wanted} candidates; the engine found only {count}.</source>
            <translation>Sie wollten {wanted} Kandidaten; das Verfahren fand nur {count}.</translation>
        </message>
        <message>
            <location filename="../../bridge/wire/labels.py" />
            <source>Found: {what}, over {share} of the picture; confidence: {word}.</source>
            <translation>Gefunden: {what}, auf {share} des Bildes; Sicherheit: {word}.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/canvas.py" />
            <source>This picture has a palette. Choose Image &gt; Mode &gt; RGB first, then try again.</source>
            <translation>Dieses Bild hat eine Palette. Wählen Sie erst Bild &gt; Modus &gt; RGB, dann versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/canvas.py" />
            <source>Nothing is selected in this layer. Select an area first, or ignore the selection.</source>
            <translation>In dieser Ebene ist nichts ausgewählt. Wählen Sie erst einen Bereich aus, oder lassen Sie die Auswahl außer Acht.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/canvas.py" />
            <source>A channel cannot be taken apart. Click on a layer and try again.</source>
            <translation>Ein Kanal lässt sich nicht zerlegen. Klicken Sie auf eine Ebene und versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/canvas.py" />
            <source>There is a floating selection. Anchor it with Layer &gt; Anchor Layer, then try again.</source>
            <translation>Es gibt eine schwebende Auswahl. Verankern Sie sie mit Ebene &gt; Ebene verankern, dann versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/canvas.py" />
            <source>This layer has filters on it. Merge them in the layer's effects first, then try again.</source>
            <translation>Auf dieser Ebene liegen Filter. Vereinen Sie sie erst in den Effekten der Ebene, dann versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/overlay.py" />
            <source>No overlay was chosen. Choose its layer or its file, or 'Not known'.</source>
            <translation>Es wurde keine Überlagerung gewählt. Wählen Sie ihre Ebene oder ihre Datei, oder „Nicht bekannt“.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/overlay.py" />
            <source>The overlay is the layer that would be taken apart. Click on the picture's layer, then try again.</source>
            <translation>Die Überlagerung ist die Ebene, die zerlegt würde. Klicken Sie auf die Ebene des Bildes und versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/overlay.py" />
            <source>{name} cannot be opened as a picture.</source>
            <translation>{name} lässt sich nicht als Bild öffnen.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Decompose La_yers: Foreground and Background...</source>
            <translation>Ebenen _zerlegen: Vordergrund und Hintergrund...</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Take a flat picture apart into editable layers</source>
            <translation>Ein flaches Bild in bearbeitbare Ebenen zerlegen</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Finds what lies over the picture (watermark, fog, flare, shadow, ...) and inserts it and the clean background as a group of layers that looks exactly like the picture. It has nothing to do with Colors &gt; Components &gt; Decompose, which splits a picture into its channels.</source>
            <translation>Findet, was über dem Bild liegt (Wasserzeichen, Nebel, Blendenfleck, Schatten, ...), und fügt es und den sauberen Hintergrund als Gruppe von Ebenen ein, die genau wie das Bild aussieht. Mit Farben &gt; Komponenten &gt; Zerlegen, das ein Bild in seine Kanäle teilt, hat es nichts zu tun.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Open the result of the last decomposition as an image of its own</source>
            <translation>Das Ergebnis der letzten Zerlegung als eigenes Bild öffnen</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>All candidates, a group each, as they come in the layered file.</source>
            <translation>Alle Kandidaten, jeder eine Gruppe, wie in der Datei mit Ebenen.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>From a layer</source>
            <translation>Aus einer Ebene</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>From a file</source>
            <translation>Aus einer Datei</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Overlay from a _layer</source>
            <translation>Überlagerung aus einer _Ebene</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Overlay from a _file</source>
            <translation>Überlagerung aus einer _Datei</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Select one layer, or take the merged picture apart.</source>
            <translation>Wählen Sie eine Ebene aus, oder zerlegen Sie das ganze Bild.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>The picture was changed or closed meanwhile: the layers are in a new image.</source>
            <translation>Das Bild wurde inzwischen geändert oder geschlossen: Die Ebenen sind in einem neuen Bild.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Nothing was decomposed yet. Use Layer &gt; Decompose Layers first.</source>
            <translation>Noch wurde nichts zerlegt. Nehmen Sie erst Ebene &gt; Ebenen zerlegen.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/plugin.py" />
            <source>Decomposition</source>
            <translation>Zerlegung</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>Decompose Layers</source>
            <translation>Ebenen zerlegen</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>_Decompose</source>
            <translation>_Zerlegen</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>Asking the service...</source>
            <translation>Der Dienst wird gefragt...</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>_More engines...</source>
            <translation>_Weitere Verfahren...</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>_Open Last Result</source>
            <translation>Letztes Ergebnis ö_ffnen</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>All candidates of the last decomposition, as an image of its own</source>
            <translation>Alle Kandidaten der letzten Zerlegung, als eigenes Bild</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>The service is running.</source>
            <translation>Der Dienst läuft.</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>Copy Commands</source>
            <translation>Befehle kopieren</translation>
        </message>
        <message>
            <location filename="../../plugins/gimp/windows.py" />
            <source>Cancelling</source>
            <translation>Wird abgebrochen</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/candidates.py" />
            <source>Candidate {number} of {count}.</source>
            <translation>Kandidat {number} von {count}.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/canvas.py" />
            <source>The layer is empty. Choose a layer with a picture in it.</source>
            <translation>Die Ebene ist leer. Nehmen Sie eine Ebene mit einem Bild darin.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/canvas.py" />
            <source>Untitled</source>
            <translation>Unbenannt</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/canvas.py" />
            <source>No layer is active. Click on a layer and try again.</source>
            <translation>Keine Ebene ist aktiv. Klicken Sie auf eine Ebene und versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/canvas.py" />
            <source>A filter layer has no picture of its own. Choose another layer, or the merged picture.</source>
            <translation>Eine Filterebene hat kein eigenes Bild. Nehmen Sie eine andere Ebene oder das ganze Bild.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/canvas.py" />
            <source>Pictures in {model} cannot be taken apart without changing their colours. Convert a copy with Image &gt; Convert Image Color Space to RGB, then try again.</source>
            <translation>Bilder in {model} lassen sich nicht zerlegen, ohne ihre Farben zu ändern. Wandeln Sie eine Kopie mit Bild &gt; Farbraum des Bildes umwandeln in RGB um, dann versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/canvas.py" />
            <source>This layer has another colour space than the picture. Convert it with Layer &gt; Convert &gt; Convert Layer Color Space, then try again.</source>
            <translation>Diese Ebene hat einen anderen Farbraum als das Bild. Wandeln Sie sie mit Ebene &gt; Umwandeln &gt; Farbraum der Ebene umwandeln um, dann versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/dialog.py" />
            <source>optional, for example: the coffee stain</source>
            <translation>wenn Sie wollen, etwa: der Kaffeefleck</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/dialog.py" />
            <source>More engines...</source>
            <translation>Weitere Verfahren...</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Decompose Layers...</source>
            <translation>Ebenen zerlegen...</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Decompose Layers Again</source>
            <translation>Ebenen nochmals zerlegen</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Decomposition: Next Candidate</source>
            <translation>Zerlegung: nächster Kandidat</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Decomposition: Previous Candidate</source>
            <translation>Zerlegung: voriger Kandidat</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Export Decomposition as PSD or ORA...</source>
            <translation>Zerlegung als PSD oder ORA exportieren...</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Options...</source>
            <translation>Optionen...</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>There is only one candidate. Ask for more in Decompose Layers...</source>
            <translation>Es gibt nur einen Kandidaten. Mehr bekommen Sie mit Ebenen zerlegen...</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Export Decomposition</source>
            <translation>Zerlegung exportieren</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Photoshop document (*.psd)</source>
            <translation>Photoshop-Dokument (*.psd)</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>OpenRaster (*.ora)</source>
            <translation>OpenRaster (*.ora)</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>{name} is the file of an open document and would be lost.</source>
            <translation>{name} ist die Datei eines offenen Dokuments und ginge verloren.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Export under another name.</source>
            <translation>Exportieren Sie unter einem anderen Namen.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Saved {name}</source>
            <translation>{name} gespeichert</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>No picture is open.</source>
            <translation>Kein Bild ist offen.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Open one first.</source>
            <translation>Öffnen Sie erst eines.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Nothing was decomposed in this document.</source>
            <translation>In diesem Dokument wurde nichts zerlegt.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/extension.py" />
            <source>Use Decompose Layers... first.</source>
            <translation>Nehmen Sie erst Ebenen zerlegen...</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/overlay.py" />
            <source>The layer of the overlay is not in this document. Choose the overlay again.</source>
            <translation>Die Ebene der Überlagerung ist nicht in diesem Dokument. Wählen Sie die Überlagerung noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/overlay.py" />
            <source>The layer of the overlay is empty. Choose one with a picture in it.</source>
            <translation>Die Ebene der Überlagerung ist leer. Nehmen Sie eine mit einem Bild darin.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/overlay.py" />
            <source>The layer of the overlay has another colour space than RGB. Choose a file instead.</source>
            <translation>Die Ebene der Überlagerung hat einen anderen Farbraum als RGB. Wählen Sie stattdessen eine Datei.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/overlay_box.py" />
            <source>From file...</source>
            <translation>Aus einer Datei...</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/runs.py" />
            <source>The document was closed meanwhile: the layers are in a new one.</source>
            <translation>Das Dokument wurde inzwischen geschlossen: Die Ebenen sind in einem neuen.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/runs.py" />
            <source>The layer was deleted meanwhile: the layers are in a new document.</source>
            <translation>Die Ebene wurde inzwischen gelöscht: Die Ebenen sind in einem neuen Dokument.</translation>
        </message>
        <message>
            <location filename="../../plugins/krita/runs.py" />
            <source>The picture was changed meanwhile: the layers are in a new document.</source>
            <translation>Das Bild wurde inzwischen geändert: Die Ebenen sind in einem neuen Dokument.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/engines.py" />
            <source>With a known overlay there is one candidate.</source>
            <translation>Mit einer bekannten Überlagerung gibt es einen Kandidaten.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/engines.py" />
            <source>{engine} gives one candidate.</source>
            <translation>{engine} gibt einen Kandidaten.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/run.py" />
            <source>Float pictures are taken apart in 16 bits; values outside 0..1 were clipped.</source>
            <translation>Fließkommabilder werden in 16 Bit zerlegt; Werte außerhalb von 0..1 wurden abgeschnitten.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Take apart</source>
            <translation>Zerlegt wird</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Selection</source>
            <translation>Auswahl</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>How the foreground lies over the background, as in the layer list: Normal covers it, Multiply darkens it, Screen and Add brighten it. Automatic lets the engine decide.</source>
            <translation>Wie der Vordergrund auf dem Hintergrund liegt, wie in der Liste der Ebenen: Normal deckt ihn ab, Multiplizieren dunkelt ihn ab, Negativ multiplizieren und Addieren hellen ihn auf. Automatisch überlässt es dem Verfahren.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>What lies over the picture. Say it where you know it: the result is better.</source>
            <translation>Was über dem Bild liegt. Geben Sie es an, wenn Sie es wissen: Das Ergebnis wird besser.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The foreground in your own words, for engines that read them.</source>
            <translation>Der Vordergrund in eigenen Worten, für Verfahren, die sie lesen.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>What is taken apart: the active layer, or what you see of all layers together.</source>
            <translation>Was zerlegt wird: die aktive Ebene, oder was von allen Ebenen zusammen zu sehen ist.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>What the selection means: only there may pixels change, or there is the foreground.</source>
            <translation>Was die Auswahl bedeutet: Nur dort darf sich etwas ändern, oder dort ist der Vordergrund.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>How many different answers you want to choose from. The best comes first; the engine may find fewer.</source>
            <translation>Unter wie vielen verschiedenen Ergebnissen Sie wählen wollen. Das beste kommt zuerst; vielleicht findet das Verfahren weniger.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Fast takes less time, Best looks at the picture several times.</source>
            <translation>Schnell braucht weniger Zeit, Beste betrachtet das Bild mehrmals.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The active layer</source>
            <translation>Die aktive Ebene</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The whole picture, merged</source>
            <translation>Das ganze Bild, vereint</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Ignore: the whole layer may change</source>
            <translation>Außer Acht lassen: Die ganze Ebene darf sich ändern</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Change only what is selected</source>
            <translation>Nur ändern, was ausgewählt ist</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The foreground is selected</source>
            <translation>Der Vordergrund ist ausgewählt</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>{name}: layers</source>
            <translation>{name}: Ebenen</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The overlay was not found in this picture. It was not changed.</source>
            <translation>Die Überlagerung wurde in diesem Bild nicht gefunden. Es wurde nicht verändert.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Choose another overlay, or none and say what the foreground is.</source>
            <translation>Nehmen Sie eine andere Überlagerung, oder keine, und sagen Sie, was der Vordergrund ist.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>No layer was found in this picture. It was not changed.</source>
            <translation>In diesem Bild wurde keine Ebene gefunden. Es wurde nicht geändert.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>paint a hint: select where the foreground is and choose 'The foreground is selected'</source>
            <translation>geben Sie einen Hinweis: Wählen Sie aus, wo der Vordergrund ist, und nehmen Sie „Der Vordergrund ist ausgewählt“</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Say what the foreground is, or {hint}.</source>
            <translation>Geben Sie an, was der Vordergrund ist, oder {hint}.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Say what the foreground is, or select a larger area.</source>
            <translation>Geben Sie an, was der Vordergrund ist, oder wählen Sie einen größeren Bereich aus.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Choose another kind of foreground, or Automatic.</source>
            <translation>Nehmen Sie einen anderen Vordergrund, oder Automatisch.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The document was not changed.</source>
            <translation>Das Dokument wurde nicht geändert.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Install diffdecompose, or run 'diffdecompose serve' once in a terminal; then try again.</source>
            <translation>Installieren Sie diffdecompose, oder führen Sie einmal „diffdecompose serve“ in einem Terminal aus; dann versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>This plugin and the diffdecompose service have different versions ({detail}).</source>
            <translation>Diese Erweiterung und der Dienst diffdecompose haben verschiedene Versionen ({detail}).</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Close other documents and try again.</source>
            <translation>Schließen Sie andere Dokumente und versuchen Sie es noch einmal.</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>Something went wrong inside the plugin: {error}</source>
            <translation>In der Erweiterung ging etwas schief: {error}</translation>
        </message>
        <message>
            <location filename="../../plugins/shared/words.py" />
            <source>The document was not changed. Please report this; 'diffdecompose doctor --zip' collects what helps.</source>
            <translation>Das Dokument wurde nicht geändert. Bitte melden Sie dies; „diffdecompose doctor --zip“ sammelt, was hilft.</translation>
        </message>
    </context>
</TS>
