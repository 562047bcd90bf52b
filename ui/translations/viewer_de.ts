<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
    <context>
        <name>viewer</name>
        <message>
            <location filename="../actions.py" />
            <source>Open…</source>
            <translation>Öffnen …</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Open pictures: PNG, JPEG, WebP, TIFF, AVIF, PSD, ORA, KRA</source>
            <translation>Bilder öffnen: PNG, JPEG, WebP, TIFF, AVIF, PSD, ORA, KRA</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Paste as New Picture</source>
            <translation>Als neues Bild einfügen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Open what is on the clipboard</source>
            <translation>Öffnen, was in der Zwischenablage liegt</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Save</source>
            <translation>Speichern</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Save the layers as PSD or ORA</source>
            <translation>Die Ebenen als PSD oder ORA speichern</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Save As…</source>
            <translation>Speichern unter …</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Save as PSD, ORA or a folder of PNGs</source>
            <translation>Als PSD, ORA oder Ordner mit PNGs speichern</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Copy Layer</source>
            <translation>Ebene kopieren</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Put the chosen layer on the clipboard</source>
            <translation>Die gewählte Ebene in die Zwischenablage legen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Copy What Is Shown</source>
            <translation>Ansicht kopieren</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Copy the picture as shown</source>
            <translation>Das Bild so kopieren, wie es zu sehen ist</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Open in Krita</source>
            <translation>In Krita öffnen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Send the layers to Krita</source>
            <translation>Die Ebenen an Krita geben</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Open in GIMP</source>
            <translation>In GIMP öffnen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Send the layers to GIMP</source>
            <translation>Die Ebenen an GIMP geben</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Close Picture</source>
            <translation>Bild schließen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Quit</source>
            <translation>Beenden</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Undo</source>
            <translation>Rückgängig</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Redo</source>
            <translation>Wiederholen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Clear Marked Area</source>
            <translation>Markierung aufheben</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Mark nothing</source>
            <translation>Nichts markieren</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Decompose</source>
            <translation>Zerlegen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Take the picture apart</source>
            <translation>Das Bild in Ebenen zerlegen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Decompose All Open Pictures</source>
            <translation>Alle offenen Bilder zerlegen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Cancel</source>
            <translation>Abbrechen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Stop taking this picture apart</source>
            <translation>Das Zerlegen dieses Bildes beenden</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Zoom In</source>
            <translation>Vergrößern</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Zoom Out</source>
            <translation>Verkleinern</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Fit to Window</source>
            <translation>Einpassen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Show the whole picture</source>
            <translation>Das ganze Bild zeigen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>100 %</source>
            <translation>100 %</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>One screen pixel a picture pixel</source>
            <translation>Ein Bildpunkt je Bildschirmpunkt</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Split</source>
            <translation>Geteilt</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Before and after on two sides of a line</source>
            <translation>Vorher und nachher beiderseits einer Linie</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Background</source>
            <translation>Hintergrund</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>What was behind: the lowest layer alone</source>
            <translation>Was dahinter war: die unterste Ebene allein</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Layers</source>
            <translation>Ebenen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>The layers, stacked</source>
            <translation>Die Ebenen übereinander</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Original</source>
            <translation>Original</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>The picture that came in</source>
            <translation>Das ursprüngliche Bild</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Difference</source>
            <translation>Differenz</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>|recomposed - original| with a gain: black is exact</source>
            <translation>|zusammengesetzt − Original|, verstärkt: Schwarz ist exakt</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Flip Before and After</source>
            <translation>Vorher und nachher wechseln</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Original and background in place</source>
            <translation>Original und Hintergrund an derselben Stelle</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Show Only This Layer</source>
            <translation>Nur diese Ebene zeigen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Show the chosen layer alone</source>
            <translation>Die gewählte Ebene allein zeigen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Show Its Alpha</source>
            <translation>Alpha zeigen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Show the chosen layer's alpha as gray</source>
            <translation>Das Alpha der gewählten Ebene als Grau zeigen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Layer Above</source>
            <translation>Ebene darüber</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Layer Below</source>
            <translation>Ebene darunter</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Show or Hide Layer</source>
            <translation>Ebene ein- oder ausblenden</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Move Layer Up</source>
            <translation>Ebene nach oben</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Move Layer Down</source>
            <translation>Ebene nach unten</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Rename Layer</source>
            <translation>Ebene umbenennen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Delete Layer</source>
            <translation>Ebene löschen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Next Candidate</source>
            <translation>Nächster Kandidat</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Previous Candidate</source>
            <translation>Voriger Kandidat</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Favourite Candidate</source>
            <translation>Kandidat merken</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Keep this candidate in mind</source>
            <translation>Diesen Kandidaten als Favoriten merken</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Next Picture</source>
            <translation>Nächstes Bild</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Previous Picture</source>
            <translation>Voriges Bild</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>History</source>
            <translation>Verlauf</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Earlier decompositions</source>
            <translation>Frühere Zerlegungen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Find a Command…</source>
            <translation>Befehl suchen …</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Search all commands</source>
            <translation>Alle Befehle durchsuchen</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Preferences…</source>
            <translation>Einstellungen …</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>First Page</source>
            <translation>Startseite</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>Examples and recent pictures</source>
            <translation>Beispiele und zuletzt geöffnete Bilder</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>About</source>
            <translation>Über</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>&amp;File</source>
            <translation>&amp;Datei</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>&amp;Edit</source>
            <translation>&amp;Bearbeiten</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>&amp;Picture</source>
            <translation>B&amp;ild</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>&amp;Layer</source>
            <translation>&amp;Ebene</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>&amp;Tools</source>
            <translation>&amp;Werkzeuge</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>&amp;View</source>
            <translation>&amp;Ansicht</translation>
        </message>
        <message>
            <location filename="../actions.py" />
            <source>&amp;Help</source>
            <translation>&amp;Hilfe</translation>
        </message>
        <message>
            <location filename="../canvas/select.py" />
            <source>Mark a rectangle</source>
            <translation>Rechteck markieren</translation>
        </message>
        <message>
            <location filename="../canvas/select.py" />
            <source>Mark a free outline</source>
            <translation>Freihand markieren</translation>
        </message>
        <message>
            <location filename="../canvas/tool.py" />
            <source>Move the view</source>
            <translation>Ansicht verschieben</translation>
        </message>
        <message>
            <location filename="../canvas/view.py" />
            <source>Canvas</source>
            <translation>Leinwand</translation>
        </message>
        <message>
            <location filename="../colour.py" />
            <source>Colour of the foreground</source>
            <translation>Farbe des Vordergrunds</translation>
        </message>
        <message>
            <location filename="../correct/brush.py" />
            <source>Correct</source>
            <translation>Korrigieren</translation>
        </message>
        <message>
            <location filename="../correct/brush.py" />
            <source>Strength</source>
            <translation>Stärke</translation>
        </message>
        <message>
            <location filename="../correct/brush.py" />
            <source>Blend Type</source>
            <translation>Mischart</translation>
        </message>
        <message>
            <location filename="../correct/brush.py" />
            <source>Recolour</source>
            <translation>Umfärben</translation>
        </message>
        <message>
            <location filename="../correct/corrector.py" />
            <source>Foreground</source>
            <translation>Vordergrund</translation>
        </message>
        <message>
            <location filename="../correct/corrector.py" />
            <source>Begin Correcting</source>
            <translation>Korrektur beginnen</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>More</source>
            <translation>Mehr</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Less</source>
            <translation>Weniger</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Match</source>
            <translation>Angleichen</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>This belongs to the layer: something of it was missed here (G)</source>
            <translation>Das gehört zur Ebene: Hier wurde etwas davon übersehen (G)</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>This does not belong to the layer: the picture comes back here (E)</source>
            <translation>Das gehört nicht zur Ebene: Hier kommt das Bild zurück (E)</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Take more of the layer off where a ghost of it remains (.)</source>
            <translation>Mehr von der Ebene abnehmen, wo ein Schatten von ihr bleibt (.)</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Take less of it off where it left a hole or a dark trace (,)</source>
            <translation>Weniger abnehmen, wo sie ein Loch oder eine dunkle Spur ließ (,)</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Find how much is right, edges too: paint over a ghost and it goes (T)</source>
            <translation>Das richtige Maß finden, auch an Kanten: Über einen Schatten malen, und er verschwindet (T)</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Give the layer the chosen colour here, and as much of it as the picture shows (R)</source>
            <translation>Der Ebene hier die gewählte Farbe geben, so stark, wie das Bild sie zeigt (R)</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Whole layer</source>
            <translation>Ganze Ebene</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Size</source>
            <translation>Größe</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Hardness</source>
            <translation>Härte</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Amount</source>
            <translation>Menge</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Opacity</source>
            <translation>Deckkraft</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Keep to the picture's edges</source>
            <translation>An Kanten des Bildes halten</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Automatic</source>
            <translation>Automatisch</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>The layer's colour; a click chooses another or goes back to automatic</source>
            <translation>Die Farbe der Ebene; ein Klick wählt eine andere oder kehrt zur automatischen zurück</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Pick the colour of the layer, or where it is not, of the picture (Alt and click)</source>
            <translation>Die Farbe der Ebene nehmen, oder wo sie nicht ist, die des Bildes (Alt und Klick)</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Colour</source>
            <translation>Farbe</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>More or less of the whole layer; the background answers at once</source>
            <translation>Mehr oder weniger von der ganzen Ebene; der Hintergrund folgt sofort</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Find the strength at which no ghost remains</source>
            <translation>Die Stärke finden, bei der kein Schatten bleibt</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Blend type</source>
            <translation>Mischart</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Another blend type; the background stays as it is, as far as that can be</source>
            <translation>Eine andere Mischart; der Hintergrund bleibt, soweit das geht, wie er ist</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>Give It the Chosen Colour</source>
            <translation>Gewählte Farbe geben</translation>
        </message>
        <message>
            <location filename="../correct/panel.py" />
            <source>auto</source>
            <translation>auto</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Candidates</source>
            <translation>Kandidaten</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Takes flat pictures apart into exact, editable layers. Edit only what you have the right to edit.</source>
            <translation>Zerlegt flache Bilder in exakte, bearbeitbare Ebenen. Bearbeiten Sie nur, wozu Sie das Recht haben.</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>{name} was taken apart.</source>
            <translation>{name} wurde zerlegt.</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>No layer was found in {name}.</source>
            <translation>In {name} wurde keine Ebene gefunden.</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Choose what the foreground is, or mark where it is (M or L), then decompose again.</source>
            <translation>Wählen Sie, was der Vordergrund ist, oder markieren Sie ihn (M oder L) und zerlegen Sie erneut.</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Service: not reached</source>
            <translation>Dienst: nicht erreicht</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>in memory: {names}</source>
            <translation>geladen: {names}</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>ready</source>
            <translation>bereit</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Service: {state}</source>
            <translation>Dienst: {state}</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Memory free: {size}</source>
            <translation>Freier Speicher: {size}</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Picture without a name</source>
            <translation>Bild ohne Namen</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>The screen's colour profile cannot be read.</source>
            <translation>Das Farbprofil des Bildschirms ist nicht lesbar.</translation>
        </message>
        <message>
            <location filename="../desk.py" />
            <source>Choose another in Preferences.</source>
            <translation>Wählen Sie in den Einstellungen ein anderes.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Unsaved work was kept: {names}</source>
            <translation>Ungespeicherte Arbeit wurde aufbewahrt: {names}</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Close this message to leave it for later.</source>
            <translation>Schließen Sie diese Meldung, um später darauf zurückzukommen.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Bring back</source>
            <translation>Zurückholen</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>That cannot be opened.</source>
            <translation>Das lässt sich nicht öffnen.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Drop a picture or its file.</source>
            <translation>Ziehen Sie ein Bild oder seine Datei hierher.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Open</source>
            <translation>Öffnen</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>There is no picture on the clipboard.</source>
            <translation>In der Zwischenablage liegt kein Bild.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>{name} exists already.</source>
            <translation>{name} gibt es schon.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Save under another name.</source>
            <translation>Speichern Sie unter einem anderen Namen.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Saved {name}.</source>
            <translation>{name} gespeichert.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Copied.</source>
            <translation>Kopiert.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>{name} has layers that are not saved.</source>
            <translation>{name} hat ungespeicherte Ebenen.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Not saved yet: {names}</source>
            <translation>Noch nicht gespeichert: {names}</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Kept pictures are offered at the next start. What is being taken apart goes on by itself.</source>
            <translation>Aufbewahrte Bilder werden beim nächsten Start angeboten. Laufende Zerlegungen gehen von selbst weiter.</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Keep for Next Time</source>
            <translation>Aufbewahren</translation>
        </message>
        <message>
            <location filename="../filing.py" />
            <source>Discard</source>
            <translation>Verwerfen</translation>
        </message>
        <message>
            <location filename="../looking.py" />
            <source>Move Layer</source>
            <translation>Ebene verschieben</translation>
        </message>
        <message>
            <location filename="../notices.py" />
            <source>Close this message</source>
            <translation>Diese Meldung schließen</translation>
        </message>
        <message>
            <location filename="../opening.py" />
            <source>Pictures</source>
            <translation>Bilder</translation>
        </message>
        <message>
            <location filename="../opening.py" />
            <source>All files</source>
            <translation>Alle Dateien</translation>
        </message>
        <message>
            <location filename="../opening.py" />
            <source>Pasted picture {n}</source>
            <translation>Eingefügtes Bild {n}</translation>
        </message>
        <message>
            <location filename="../palette.py" />
            <source>Find a Command</source>
            <translation>Befehl suchen</translation>
        </message>
        <message>
            <location filename="../palette.py" />
            <source>What do you want to do?</source>
            <translation>Was möchten Sie tun?</translation>
        </message>
        <message>
            <location filename="../palette.py" />
            <source>Search commands</source>
            <translation>Befehle durchsuchen</translation>
        </message>
        <message>
            <location filename="../palette.py" />
            <source>Commands</source>
            <translation>Befehle</translation>
        </message>
        <message>
            <location filename="../panels/candidates.py" />
            <source>favourite</source>
            <translation>Favorit</translation>
        </message>
        <message>
            <location filename="../panels/candidates.py" />
            <source>Candidate {n}</source>
            <translation>Kandidat {n}</translation>
        </message>
        <message>
            <location filename="../panels/candidates.py" />
            <source>{percent} sure</source>
            <translation>{percent} sicher</translation>
        </message>
        <message>
            <location filename="../panels/candidates.py" />
            <source>covers {percent}</source>
            <translation>bedeckt {percent}</translation>
        </message>
        <message>
            <location filename="../panels/candidates.py" />
            <source>seed</source>
            <translation>Startwert</translation>
        </message>
        <message>
            <location filename="../panels/history.py" />
            <source>Nothing yet. What you decompose is kept here for a week.</source>
            <translation>Noch nichts. Was Sie zerlegen, bleibt hier eine Woche lang.</translation>
        </message>
        <message>
            <location filename="../panels/history.py" />
            <source>Delete</source>
            <translation>Löschen</translation>
        </message>
        <message>
            <location filename="../panels/history.py" />
            <source>waiting</source>
            <translation>wartet</translation>
        </message>
        <message>
            <location filename="../panels/history.py" />
            <source>running</source>
            <translation>läuft</translation>
        </message>
        <message>
            <location filename="../panels/history.py" />
            <source>failed</source>
            <translation>fehlgeschlagen</translation>
        </message>
        <message>
            <location filename="../panels/history.py" />
            <source>cancelled</source>
            <translation>abgebrochen</translation>
        </message>
        <message>
            <location filename="../panels/inspector.py" />
            <source>Histogram</source>
            <translation>Histogramm</translation>
        </message>
        <message>
            <location filename="../panels/inspector.py" />
            <source>Colours of the chosen layer where it covers anything; gray: its alpha</source>
            <translation>Farben der gewählten Ebene, wo sie etwas bedeckt; grau: ihr Alpha</translation>
        </message>
        <message>
            <location filename="../panels/inspector.py" />
            <source>Recomposition error in levels</source>
            <translation>Abweichung in Stufen</translation>
        </message>
        <message>
            <location filename="../panels/inspector.py" />
            <source>Recomposition error: being measured.</source>
            <translation>Abweichung: wird gemessen.</translation>
        </message>
        <message>
            <location filename="../panels/inspector.py" />
            <source>Recomposition error: the layers are the original, every pixel.</source>
            <translation>Abweichung: Die Ebenen ergeben das Original, in jedem Bildpunkt.</translation>
        </message>
        <message>
            <location filename="../panels/inspector.py" />
            <source>Recomposition error: the shown layers differ from the original by so many levels.</source>
            <translation>Abweichung: Um so viele Stufen weichen die gezeigten Ebenen vom Original ab.</translation>
        </message>
        <message>
            <location filename="../panels/layers.py" />
            <source>Blend type of the layer</source>
            <translation>Mischart der Ebene</translation>
        </message>
        <message>
            <location filename="../panels/layers.py" />
            <source>Blend type of the layer. To re-solve the layers for another one, use Correct.</source>
            <translation>Mischart der Ebene. Um die Ebenen für eine andere neu zu lösen, dient „Korrigieren“.</translation>
        </message>
        <message>
            <location filename="../panels/layers.py" />
            <source>Opacity of the layer</source>
            <translation>Deckkraft der Ebene</translation>
        </message>
        <message>
            <location filename="../panels/layers.py" />
            <source>Opacity of the layer in percent</source>
            <translation>Deckkraft der Ebene in Prozent</translation>
        </message>
        <message>
            <location filename="../panels/layers.py" />
            <source>Decompose a picture to see its layers here.</source>
            <translation>Zerlegen Sie ein Bild, um hier seine Ebenen zu sehen.</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Engine</source>
            <translation>Verfahren</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Quality</source>
            <translation>Qualität</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Ignored</source>
            <translation>Wird nicht beachtet</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>The foreground is here</source>
            <translation>Hier ist der Vordergrund</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Change only this</source>
            <translation>Nur dies ändern</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Marked area</source>
            <translation>Markierung</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Prompt</source>
            <translation>Beschreibung</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>optional: the coffee stain</source>
            <translation>zum Beispiel: der Kaffeefleck</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Seed</source>
            <translation>Startwert</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Not known</source>
            <translation>Nicht bekannt</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>More options</source>
            <translation>Weitere Optionen</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Live preview</source>
            <translation>Vorschau</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Progress</source>
            <translation>Fortschritt</translation>
        </message>
        <message>
            <location filename="../panels/options.py" />
            <source>Asking the service…</source>
            <translation>Der Dienst wird gefragt …</translation>
        </message>
        <message>
            <location filename="../panels/rows.py" />
            <source>visible</source>
            <translation>sichtbar</translation>
        </message>
        <message>
            <location filename="../panels/rows.py" />
            <source>hidden</source>
            <translation>ausgeblendet</translation>
        </message>
        <message>
            <location filename="../panels/rows.py" />
            <source>{name}: {width} × {height} at {x}, {y}</source>
            <translation>{name}: {width} × {height} bei {x}, {y}</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Preferences</source>
            <translation>Einstellungen</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>As the system</source>
            <translation>Wie das System</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Dark</source>
            <translation>Dunkel</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Light</source>
            <translation>Hell</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Colour profile of the screen</source>
            <translation>Farbprofil des Bildschirms</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Smooth pixels between 100 % and 200 %</source>
            <translation>Glatte Bildpunkte zwischen 100 % und 200 %</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Another language shows after the next start.</source>
            <translation>Eine andere Sprache gilt ab dem nächsten Start.</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Choose…</source>
            <translation>Wählen …</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Theme</source>
            <translation>Erscheinungsbild</translation>
        </message>
        <message>
            <location filename="../preferences.py" />
            <source>Language</source>
            <translation>Sprache</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>Photoshop document</source>
            <translation>Photoshop-Dokument</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>OpenRaster</source>
            <translation>OpenRaster</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>Folder with a PNG for each layer</source>
            <translation>Ordner mit einem PNG je Ebene</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>Background alone, PNG</source>
            <translation>Nur der Hintergrund, PNG</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>Background alone, TIFF</source>
            <translation>Nur der Hintergrund, TIFF</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>{name} is the file of an open picture and would be lost.</source>
            <translation>{name} ist die Datei eines geöffneten Bildes und ginge verloren.</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>{host} was not found on this computer.</source>
            <translation>{host} wurde auf diesem Rechner nicht gefunden.</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>Install it, or save the layers as a file and open that.</source>
            <translation>Installieren Sie es, oder speichern Sie die Ebenen und öffnen Sie die Datei.</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>{host} opens the layers.</source>
            <translation>{host} öffnet die Ebenen.</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>{program} did not start.</source>
            <translation>{program} startete nicht.</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>Start it once by hand.</source>
            <translation>Starten Sie es einmal von Hand.</translation>
        </message>
        <message>
            <location filename="../saving.py" />
            <source>there are no layers to save: decompose the picture first</source>
            <translation>Es gibt keine Ebenen zum Speichern: Zerlegen Sie das Bild zuerst</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>Service: not asked yet</source>
            <translation>Dienst: noch nicht gefragt</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>State of the service</source>
            <translation>Zustand des Dienstes</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>Zoom</source>
            <translation>Zoom</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>Zoom: screen pixels a picture pixel</source>
            <translation>Zoom: Bildschirmpunkte je Bildpunkt</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>Gain × </source>
            <translation>Faktor × </translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>Gain of the difference</source>
            <translation>Verstärkung der Differenz</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>How much the difference view is amplified</source>
            <translation>Wie sehr die Differenz verstärkt wird</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>with profile</source>
            <translation>mit Profil</translation>
        </message>
        <message>
            <location filename="../status.py" />
            <source>sRGB assumed</source>
            <translation>sRGB angenommen</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Tiled watermark</source>
            <translation>Wasserzeichen</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Text over the whole picture</source>
            <translation>Text über dem ganzen Bild</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Fog</source>
            <translation>Nebel</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>A haze becomes a layer</source>
            <translation>Ein Schleier wird zur Ebene</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Rain</source>
            <translation>Regen</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Streaks of light</source>
            <translation>Helle Streifen</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>First page</source>
            <translation>Startseite</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Take a picture apart</source>
            <translation>Ein Bild zerlegen</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Watermark, fog, rain, glare: out of one flat picture come layers that stack to it exactly.</source>
            <translation>Wasserzeichen, Nebel, Regen, Reflexe: Aus einem flachen Bild werden Ebenen, die es exakt ergeben.</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Open a picture…</source>
            <translation>Bild öffnen …</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>or drop it here, or paste it — or try one of these:</source>
            <translation>oder hierher ziehen, oder einfügen – oder eines von diesen versuchen:</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Recent</source>
            <translation>Zuletzt geöffnet</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Example: {title}</source>
            <translation>Beispiel: {title}</translation>
        </message>
        <message>
            <location filename="../welcome.py" />
            <source>Open and decompose this example</source>
            <translation>Dieses Beispiel öffnen und zerlegen</translation>
        </message>
        <message>
            <location filename="../window.py" />
            <source>Open Recent</source>
            <translation>Zuletzt geöffnet</translation>
        </message>
        <message>
            <location filename="../window.py" />
            <source>Open pictures</source>
            <translation>Offene Bilder</translation>
        </message>
        <message>
            <location filename="../window.py" />
            <source>Tool</source>
            <translation>Werkzeug</translation>
        </message>
        <message>
            <location filename="../window.py" />
            <source>Tool bar</source>
            <translation>Werkzeugleiste</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Normal</source>
            <translation>Normal</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Multiply</source>
            <translation>Multiplizieren</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Screen</source>
            <translation>Negativ multiplizieren</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Add</source>
            <translation>Addieren</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Watermark or text</source>
            <translation>Wasserzeichen oder Text</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Fog or smoke</source>
            <translation>Nebel oder Rauch</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Snow</source>
            <translation>Schnee</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Lens flare or light</source>
            <translation>Blendenfleck oder Licht</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>X-ray tissue or shadow</source>
            <translation>Röntgengewebe oder Schatten</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Cells</source>
            <translation>Zellen</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Glass or reflection</source>
            <translation>Glas oder Spiegelung</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Fast</source>
            <translation>Schnell</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Best</source>
            <translation>Beste</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>too little memory</source>
            <translation>zu wenig Speicher</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>needs a download</source>
            <translation>muss geladen werden</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>not available</source>
            <translation>nicht verfügbar</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>in memory</source>
            <translation>geladen</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>loading</source>
            <translation>lädt</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Starting</source>
            <translation>Beginnt</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Finding the service</source>
            <translation>Der Dienst wird gesucht</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Waiting in the queue</source>
            <translation>Wartet in der Schlange</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Sending the picture</source>
            <translation>Das Bild wird gesendet</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Loading the engine</source>
            <translation>Verfahren wird geladen</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Reading the prompt</source>
            <translation>Prompt wird gelesen</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Looking for layers</source>
            <translation>Ebenen werden gesucht</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Solving at full size</source>
            <translation>Wird in voller Größe gelöst</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Keeping the result</source>
            <translation>Ergebnis wird abgelegt</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Fetching the layers</source>
            <translation>Die Ebenen werden geholt</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>almost done</source>
            <translation>fast fertig</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>about {n} s left</source>
            <translation>noch etwa {n} s</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>about {n} min left</source>
            <translation>noch etwa {n} min</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Cancelled.</source>
            <translation>Abgebrochen.</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>The picture was not changed.</source>
            <translation>Das Bild wurde nicht verändert.</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>The diffdecompose service is not installed for this user.</source>
            <translation>Der Dienst diffdecompose ist für diesen Benutzer nicht installiert.</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Run 'diffdecompose serve' once in a terminal, then try again.</source>
            <translation>Führen Sie einmal „diffdecompose serve“ in einem Terminal aus und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Choose a lower quality or the engine 'nano'</source>
            <translation>Wählen Sie eine geringere Qualität oder das Verfahren „nano“</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>There is not enough memory for this picture.</source>
            <translation>Der Speicher reicht für dieses Bild nicht.</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Close other pictures and try again.</source>
            <translation>Schließen Sie andere Bilder und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Check the disk and the folder, then try again.</source>
            <translation>Prüfen Sie Datenträger und Ordner und versuchen Sie es erneut.</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Something went wrong inside the viewer: {error}</source>
            <translation>Im Betrachter ist etwas schiefgegangen: {error}</translation>
        </message>
        <message>
            <location filename="../words.py" />
            <source>Nothing was lost. Please report this; 'diffdecompose doctor --zip' collects what helps.</source>
            <translation>Nichts ging verloren. Bitte melden Sie es; „diffdecompose doctor --zip“ sammelt, was hilft.</translation>
        </message>
    </context>
</TS>
